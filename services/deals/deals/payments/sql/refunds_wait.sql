-- Refunds whose payment is not known yet.
INSERT INTO waiting_refunds (payment_id, refund_id, provider, provider_payment_id, returned, amount, currency, told_at,
                             request_id, traceparent)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::numeric[], $7::text[],
                     $8::timestamptz[], $9::uuid[], $10::text[])
ON CONFLICT (payment_id, refund_id) DO NOTHING
