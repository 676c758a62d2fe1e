, latest AS (
  SELECT DISTINCT ON (stream_id) (data->>'task_id')::uuid AS task_id, (data->>'due_at')::timestamptz AS due_at,
         (data->>'remind_at')::timestamptz AS remind_at, version
    FROM batch ORDER BY stream_id, version DESC
)
UPDATE manager_tasks t SET due_at = l.due_at, remind_at = l.remind_at, version = greatest(t.version, l.version)
  FROM latest l WHERE t.task_id = l.task_id
