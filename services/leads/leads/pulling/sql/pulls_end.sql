-- Gives a source back: due again after $4 seconds, with what went wrong, if anything.
UPDATE source_pulls
   SET lease = NULL, leased_until = NULL, due_at = now() + make_interval(secs => $4), last_error = $5,
       failures = CASE WHEN $5::text IS NULL THEN 0 ELSE failures + 1 END,
       last_success_at = CASE WHEN $6 THEN now() ELSE last_success_at END
 WHERE channel = $1 AND source = $2 AND lease = $3
