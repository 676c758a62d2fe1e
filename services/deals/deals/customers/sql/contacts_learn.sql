-- Of an erased customer nothing is kept, whichever event comes first. A version of 0 says nothing.
INSERT INTO customer_contacts AS c (customer_id, value, kind, added_version, removed_version, preferred_version)
SELECT g.*
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::integer[], $6::integer[])
       AS g(customer_id, value, kind, added_version, removed_version, preferred_version)
 WHERE NOT EXISTS (SELECT FROM erased_customers e WHERE e.customer_id = g.customer_id)
ON CONFLICT (customer_id, value) DO UPDATE SET
  added_version = greatest(c.added_version, excluded.added_version),
  removed_version = greatest(c.removed_version, excluded.removed_version),
  preferred_version = greatest(c.preferred_version, excluded.preferred_version)
