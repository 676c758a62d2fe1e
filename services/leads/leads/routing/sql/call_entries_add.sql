-- Puts leads on call lists and tells which are new there: a lead waits once on a list.
INSERT INTO call_entries (id, call_list, lead_id, customer_id, direction, version, state, attempts, due_at)
SELECT g.id, g.call_list, g.lead_id, g.customer_id, g.direction, 1, 'waiting', 0, g.due_at
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[])
       AS g(id, call_list, lead_id, customer_id, direction, due_at)
 ORDER BY g.id
ON CONFLICT DO NOTHING RETURNING id
