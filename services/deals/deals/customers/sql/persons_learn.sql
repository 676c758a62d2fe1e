-- Of an erased customer nothing is kept, whichever event comes first.
INSERT INTO organisation_persons AS p (organisation_id, customer_id, version, is_attached, role, since, until, is_primary)
SELECT g.*
  FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::boolean[], $5::text[], $6::date[], $7::date[], $8::boolean[])
       AS g(organisation_id, customer_id, version, is_attached, role, since, until, is_primary)
 WHERE NOT EXISTS (SELECT FROM erased_customers e WHERE e.customer_id = g.customer_id)
ON CONFLICT (organisation_id, customer_id) DO UPDATE SET
  version = excluded.version, is_attached = excluded.is_attached, role = excluded.role, since = excluded.since,
  until = excluded.until, is_primary = excluded.is_primary
 WHERE p.version < excluded.version
