INSERT INTO task_changes (task_id, version, change, assignee, due_at, occurred_at, recorded_at)
SELECT (data->>'task_id')::uuid, version, 'overdue', data->>'assignee', (data->>'due_at')::timestamptz, occurred_at,
       recorded_at
  FROM batch
ON CONFLICT DO NOTHING
