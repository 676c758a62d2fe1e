-- Refunds that wait no more: their payment came.
DELETE FROM waiting_refunds w USING unnest($1::uuid[], $2::text[]) AS g(payment_id, refund_id)
 WHERE w.payment_id = g.payment_id AND w.refund_id = g.refund_id
