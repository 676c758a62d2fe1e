-- How many tasks of the kinds $1 are due that nobody holds, and for how many seconds the oldest has been.
SELECT count(*)::int AS due, coalesce(extract(epoch FROM now() - min(due_at)), 0)::float AS age
  FROM tasks
 WHERE failed_at IS NULL AND due_at <= now() AND (leased_until IS NULL OR leased_until < now()) AND kind = ANY($1)
