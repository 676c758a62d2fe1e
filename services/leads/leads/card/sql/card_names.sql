UPDATE customers c SET name = g.name FROM unnest($1::uuid[], $2::text[]) AS g(id, name) WHERE c.id = g.id
