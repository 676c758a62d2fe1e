INSERT INTO deliveries (id, version, intake, source, message_id, customer_id, state, reason, at)
SELECT * FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::text[],
                     $9::timestamptz[])
       AS g(id, version, intake, source, message_id, customer_id, state, reason, at)
 ORDER BY id
ON CONFLICT (id) DO UPDATE SET version = excluded.version, customer_id = excluded.customer_id, state = excluded.state,
  reason = excluded.reason, at = excluded.at
