-- The order by id keeps two batches from waiting for each other.
SELECT id, version, name, direction, merged_into FROM customers WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE
