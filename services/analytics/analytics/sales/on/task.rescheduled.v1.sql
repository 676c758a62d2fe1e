INSERT INTO tasks AS t (task_id, due_at, due_version)
SELECT DISTINCT ON (1) (data->>'task_id')::uuid, (data->>'due_at')::timestamptz, version
  FROM batch ORDER BY 1, version DESC
ON CONFLICT (task_id) DO UPDATE
   SET due_at = excluded.due_at, due_version = excluded.due_version, updated_at = clock_timestamp()
 WHERE (t.due_version > excluded.due_version) IS NOT TRUE
