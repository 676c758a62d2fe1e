SELECT payment_id, provider, provider_payment_id, refund_id, returned AS means, amount, currency, told_at
  FROM waiting_refunds
 ORDER BY told_at, refund_id
 LIMIT 500
