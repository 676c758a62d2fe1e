-- Whoever gets a lead has not begun to work on it.
UPDATE leads l SET manager_id = g.manager_id, version = l.version + 1, taken_at = NULL
  FROM unnest($1::uuid[], $2::text[]) AS g(id, manager_id) WHERE l.id = g.id
