SELECT id FROM selected ORDER BY id LIMIT ${}::integer
