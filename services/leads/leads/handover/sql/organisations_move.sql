UPDATE organisations o SET manager_id = g.manager_id, version = o.version + 1
  FROM unnest($1::uuid[], $2::text[]) AS g(id, manager_id) WHERE o.id = g.id
