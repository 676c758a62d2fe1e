SELECT refund_id, amount, refunded_at FROM refunds WHERE payment_id = $1 ORDER BY refunded_at, refund_id
