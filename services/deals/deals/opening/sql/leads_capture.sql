-- Where leads came from. Of an erased customer nothing is kept, whichever event comes first.
INSERT INTO leads AS l (lead_id, customer_id, direction, source)
SELECT g.* FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS g(lead_id, customer_id, direction, source)
 WHERE NOT EXISTS (SELECT FROM erased_customers e WHERE e.customer_id = g.customer_id)
ON CONFLICT (lead_id) DO UPDATE SET
  direction = coalesce(l.direction, excluded.direction), source = coalesce(l.source, excluded.source)
