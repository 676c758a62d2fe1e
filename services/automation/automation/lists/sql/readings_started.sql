UPDATE list_readings SET started = started + $2, missed = missed + $3 WHERE request_id = $1
