-- The order by id keeps two transactions from waiting for each other.
SELECT * FROM customers WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE
