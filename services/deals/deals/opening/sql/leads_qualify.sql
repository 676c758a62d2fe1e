-- Of an erased customer nothing is kept, whichever event comes first.
INSERT INTO leads AS l (lead_id, customer_id, manager_id, direction, temperature, qualified_at)
SELECT g.* FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
       AS g(lead_id, customer_id, manager_id, direction, temperature, qualified_at)
 WHERE NOT EXISTS (SELECT FROM erased_customers e WHERE e.customer_id = g.customer_id)
ON CONFLICT (lead_id) DO UPDATE SET
  manager_id = coalesce(excluded.manager_id, l.manager_id), direction = coalesce(excluded.direction, l.direction),
  temperature = excluded.temperature, qualified_at = coalesce(l.qualified_at, excluded.qualified_at)
