UPDATE leads SET version = $2, status = $3, manager_id = $4, temperature = $5, category = $6, reason = $7 WHERE id = $1
