-- The root of each of these cards.
SELECT id, root_of(id) AS root FROM customers WHERE id = ANY($1::uuid[])
