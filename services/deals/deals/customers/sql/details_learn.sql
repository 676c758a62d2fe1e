-- Of an erased customer nothing is kept, whichever event comes first. What is only told ($5) replaces nothing.
INSERT INTO customer_details AS d (customer_id, detail, value, version, is_told)
SELECT g.* FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::boolean[])
       AS g(customer_id, detail, value, version, is_told)
 WHERE NOT EXISTS (SELECT FROM erased_customers e WHERE e.customer_id = g.customer_id)
ON CONFLICT (customer_id, detail) DO UPDATE SET
  value = CASE WHEN excluded.is_told AND d.value IS NOT NULL THEN d.value ELSE excluded.value END,
  version = excluded.version, is_told = excluded.is_told
 WHERE d.version < excluded.version
