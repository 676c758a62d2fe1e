-- Payments as their streams now stand. Why one waits is known when it comes and forgotten when it is matched.
INSERT INTO payments AS p (payment_id, version, provider, provider_payment_id, reference, amount, currency, is_test,
                           received_at, deal_id, customer_id, why, allocated, refunded)
SELECT g.payment_id, g.version, g.provider, g.provider_payment_id, g.reference, g.amount, g.currency, g.is_test,
       g.received_at, g.deal_id, g.customer_id,
       CASE WHEN g.deal_id IS NULL THEN coalesce(g.why, w.why) END, g.allocated, g.refunded
  FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::numeric[], $7::text[], $8::bool[],
              $9::timestamptz[], $10::uuid[], $11::uuid[], $12::text[], $13::numeric[], $14::numeric[])
       AS g(payment_id, version, provider, provider_payment_id, reference, amount, currency, is_test, received_at,
            deal_id, customer_id, why, allocated, refunded)
  LEFT JOIN payments w ON w.payment_id = g.payment_id
 ORDER BY g.payment_id
ON CONFLICT (payment_id) DO UPDATE SET
  version = excluded.version, deal_id = excluded.deal_id, customer_id = excluded.customer_id, why = excluded.why,
  allocated = excluded.allocated, refunded = excluded.refunded, changed = excluded.changed
