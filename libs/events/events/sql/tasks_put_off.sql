-- The time of these tasks, held by the lease $1, has not come: each waits for so many seconds, or until a time. It was no
-- attempt.
UPDATE tasks t
   SET lease = NULL, leased_until = NULL, attempts = t.attempts - 1, last_error = p.reason,
       due_at = coalesce(p.until, now() + make_interval(secs => p.seconds))
  FROM unnest($2::uuid[], $3::text[], $4::float[], $5::timestamptz[]) AS p(id, reason, seconds, until)
 WHERE t.id = p.id AND t.lease = $1
