UPDATE customers c SET version = g.version
  FROM unnest($1::uuid[], $2::integer[]) AS g(id, version) WHERE c.id = g.id
