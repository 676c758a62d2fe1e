DELETE FROM organisation_persons WHERE organisation_id = $1 AND customer_id = $2
