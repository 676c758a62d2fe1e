INSERT INTO list_readings (request_id, list_id, mailing_id, sequence, rule, asked_at, asked_by) VALUES ($1, $2, $3, $4, $5, $6, $7)
