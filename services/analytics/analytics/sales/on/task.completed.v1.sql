-- What is done is done: the first completion counts.
WITH history AS (
  INSERT INTO task_changes (task_id, version, change, result, occurred_at, recorded_at)
  SELECT (data->>'task_id')::uuid, version, 'completed', data->>'result', occurred_at, recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO tasks AS t (task_id, completed_at, result, result_version)
SELECT DISTINCT ON (1) (data->>'task_id')::uuid, occurred_at, data->>'result', version
  FROM batch ORDER BY 1, version
ON CONFLICT (task_id) DO UPDATE
   SET completed_at = excluded.completed_at, result = excluded.result, result_version = excluded.result_version,
       updated_at = clock_timestamp()
 WHERE (t.result_version < excluded.result_version) IS NOT TRUE
