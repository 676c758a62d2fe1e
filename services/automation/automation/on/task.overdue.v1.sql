, latest AS (
  SELECT DISTINCT ON (stream_id) (data->>'task_id')::uuid AS task_id, (data->>'due_at')::timestamptz AS at, version
    FROM batch ORDER BY stream_id, version DESC
)
UPDATE manager_tasks t SET overdue_told = l.at, version = greatest(t.version, l.version)
  FROM latest l WHERE t.task_id = l.task_id
