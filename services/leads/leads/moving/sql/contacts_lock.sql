SELECT id, state, version FROM interactions WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE
