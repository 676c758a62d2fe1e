INSERT INTO staff_addresses (login, email, by_email) VALUES ($1, $2, $3)
ON CONFLICT (login) DO UPDATE SET email = excluded.email, by_email = excluded.by_email
