SELECT payment_id, refund_id, provider, provider_payment_id, returned, amount, currency, told_at, request_id, traceparent
  FROM waiting_refunds WHERE payment_id = ANY($1::uuid[])
