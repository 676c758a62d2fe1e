-- Nobody tries the task, held by the lease $2, again; it is kept with its last error.
UPDATE tasks SET lease = NULL, leased_until = NULL, last_error = $3, failed_at = now() WHERE id = $1 AND lease = $2
RETURNING id
