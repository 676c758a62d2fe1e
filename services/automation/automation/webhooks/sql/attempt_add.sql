INSERT INTO webhook_attempts (delivery_id, sending, attempt, at, status, error, seconds) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
