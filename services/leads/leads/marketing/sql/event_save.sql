UPDATE marketing_events SET version = $2, state = $3, planned_from = $4, body = $5 WHERE id = $1
