INSERT INTO task_changes (task_id, version, change, priority, occurred_at, recorded_at)
SELECT (data->>'task_id')::uuid, version, 'prioritised', data->>'priority', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
