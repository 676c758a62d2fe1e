, latest AS (
  SELECT DISTINCT ON (stream_id) (data->>'task_id')::uuid AS task_id, data->>'priority' AS priority, version
    FROM batch ORDER BY stream_id, version DESC
)
UPDATE manager_tasks t SET priority = l.priority, version = greatest(t.version, l.version)
  FROM latest l WHERE t.task_id = l.task_id
