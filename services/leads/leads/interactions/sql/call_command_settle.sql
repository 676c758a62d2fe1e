UPDATE call_commands SET state = $2, reason = $3, interaction_id = $4, version = 2 WHERE id = $1
RETURNING customer_id, state, reason, interaction_id
