-- Of an erased customer nothing is kept, whichever event comes first.
INSERT INTO leads (lead_id, customer_id, manager_id)
SELECT g.* FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS g(lead_id, customer_id, manager_id)
 WHERE NOT EXISTS (SELECT FROM erased_customers e WHERE e.customer_id = g.customer_id)
ON CONFLICT (lead_id) DO UPDATE SET manager_id = excluded.manager_id
