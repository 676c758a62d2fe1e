INSERT INTO lists (id, version, name, criteria, direction, created_at, created_by) VALUES ($1, 0, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO NOTHING RETURNING id
