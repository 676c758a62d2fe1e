UPDATE customers c SET manager_id = g.manager_id
  FROM unnest($1::uuid[], $2::text[]) AS g(id, manager_id) WHERE c.id = g.id
