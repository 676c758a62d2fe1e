-- Leases, as $1 for $2 seconds, at most $4 due tasks of the kinds $3 that nobody holds.
UPDATE tasks t SET lease = $1, leased_until = now() + make_interval(secs => $2), attempts = t.attempts + 1
  FROM (SELECT id FROM tasks
         WHERE failed_at IS NULL AND due_at <= now() AND (leased_until IS NULL OR leased_until < now())
           AND kind = ANY($3)
         ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED) due
 WHERE t.id = due.id
RETURNING t.id, t.kind, t.payload, t.due_at, t.attempts, t.actor, t.correlation_id, t.causation_id, t.traceparent
