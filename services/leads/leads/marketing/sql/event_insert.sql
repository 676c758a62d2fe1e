INSERT INTO marketing_events (id, version, state, direction, planned_from, body) VALUES ($1, 1, $2, $3, $4, $5)
ON CONFLICT (id) DO NOTHING RETURNING id
