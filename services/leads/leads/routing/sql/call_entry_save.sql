UPDATE call_entries
   SET version = $2, state = $3, attempts = $4, due_at = coalesce($5, due_at), outcome = $6, leased_to = NULL,
       leased_until = NULL
 WHERE id = $1
