INSERT INTO refunds (payment_id, refund_id, amount, currency, refunded_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::numeric[], $4::text[], $5::timestamptz[])
