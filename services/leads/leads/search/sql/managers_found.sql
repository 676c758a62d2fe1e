SELECT id, name, active FROM managers
 WHERE lower(name) LIKE $1 || '%' OR lower(name) LIKE '% ' || $1 || '%' OR id = $2
 ORDER BY name, id LIMIT $3
