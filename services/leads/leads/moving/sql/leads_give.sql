UPDATE leads l SET manager_id = g.manager_id, version = l.version + 1
  FROM unnest($1::uuid[], $2::text[]) AS g(id, manager_id) WHERE l.id = g.id
