WITH history AS (
  INSERT INTO task_changes (task_id, version, change, due_at, occurred_at, recorded_at)
  SELECT (data->>'task_id')::uuid, version, 'rescheduled', (data->>'due_at')::timestamptz, occurred_at, recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO tasks AS t (task_id, due_at, due_version)
SELECT DISTINCT ON (1) (data->>'task_id')::uuid, (data->>'due_at')::timestamptz, version
  FROM batch ORDER BY 1, version DESC
ON CONFLICT (task_id) DO UPDATE
   SET due_at = excluded.due_at, due_version = excluded.due_version, updated_at = clock_timestamp()
 WHERE (t.due_version > excluded.due_version) IS NOT TRUE
