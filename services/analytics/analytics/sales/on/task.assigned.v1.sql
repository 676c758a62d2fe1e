WITH history AS (
  INSERT INTO task_changes (task_id, version, change, assignee, occurred_at, recorded_at)
  SELECT (data->>'task_id')::uuid, version, 'assigned', data->>'assignee', occurred_at, recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO tasks AS t (task_id, assignee, assignee_version)
SELECT DISTINCT ON (1) (data->>'task_id')::uuid, data->>'assignee', version
  FROM batch ORDER BY 1, version DESC
ON CONFLICT (task_id) DO UPDATE
   SET assignee = excluded.assignee, assignee_version = excluded.assignee_version, updated_at = clock_timestamp()
 WHERE (t.assignee_version > excluded.assignee_version) IS NOT TRUE
