-- The attempt that holds the lease $2 failed: the task is tried again after $4 seconds.
UPDATE tasks SET lease = NULL, leased_until = NULL, last_error = $3, due_at = now() + make_interval(secs => $4)
 WHERE id = $1 AND lease = $2
