-- How many tasks are due, and for how many seconds the oldest has been.
SELECT count(*)::int AS due, coalesce(extract(epoch FROM now() - min(due_at)), 0)::float AS age
  FROM tasks WHERE failed_at IS NULL AND due_at <= now()
