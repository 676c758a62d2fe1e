SELECT id, version, customer_id, state, reason, at FROM deliveries WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE
