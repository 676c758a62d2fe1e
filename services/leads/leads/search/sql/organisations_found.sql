SELECT id, name, inn, kpp FROM organisations
 WHERE (lower(name) LIKE $1 || '%' OR inn = $2) AND ($3::text[] IS NULL OR direction IS NULL OR direction = ANY($3))
 ORDER BY lower(name), id LIMIT $4
