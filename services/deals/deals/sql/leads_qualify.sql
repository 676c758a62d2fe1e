INSERT INTO leads AS l (lead_id, customer_id, manager_id, direction, temperature, qualified_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
ON CONFLICT (lead_id) DO UPDATE SET
  manager_id = coalesce(excluded.manager_id, l.manager_id), direction = coalesce(excluded.direction, l.direction),
  temperature = excluded.temperature, qualified_at = coalesce(l.qualified_at, excluded.qualified_at)
