UPDATE interactions i SET manager_id = g.manager_id, version = i.version + 1
  FROM unnest($1::uuid[], $2::text[]) AS g(id, manager_id) WHERE i.id = g.id
