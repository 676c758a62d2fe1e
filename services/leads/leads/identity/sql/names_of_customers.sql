SELECT id, name FROM customers WHERE id = ANY($1::uuid[]) AND name IS NOT NULL
