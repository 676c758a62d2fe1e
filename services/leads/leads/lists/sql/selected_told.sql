-- The roots of those selected who are not erased, at most so many.
SELECT id FROM selected s WHERE EXISTS (SELECT FROM keyring k WHERE k.customer_id = s.id) ORDER BY id LIMIT ${}::integer
