SELECT sending, attempt, at, status, error, seconds FROM webhook_attempts WHERE delivery_id = $1 ORDER BY sending, attempt
