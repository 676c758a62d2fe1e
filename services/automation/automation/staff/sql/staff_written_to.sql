SELECT login, email FROM staff_addresses WHERE login = ANY($1::text[]) AND by_email ORDER BY login
