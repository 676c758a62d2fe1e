INSERT INTO signs (event_id, customer_id, reason, purpose, medium, occurred_at, recorded_at)
SELECT s.* FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
         AS s(event_id, customer_id, reason, purpose, medium, occurred_at, recorded_at)
 WHERE NOT EXISTS (SELECT FROM contacts c WHERE c.customer_id = s.customer_id AND c.erased)
ON CONFLICT DO NOTHING
