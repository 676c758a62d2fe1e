SELECT id, name, phones FROM customers WHERE id = ANY($1::uuid[]) ORDER BY id
