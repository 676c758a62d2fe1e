-- Payments as their streams now stand.
INSERT INTO payments AS p (payment_id, version, provider, provider_payment_id, reference, amount, currency, is_test,
                           received_at, deal_id, why)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::numeric[], $7::text[], $8::bool[],
                     $9::timestamptz[], $10::uuid[], $11::text[]) AS g(payment_id)
 ORDER BY g.payment_id
ON CONFLICT (payment_id) DO UPDATE SET version = excluded.version, deal_id = excluded.deal_id, why = excluded.why
 WHERE p.version < excluded.version
