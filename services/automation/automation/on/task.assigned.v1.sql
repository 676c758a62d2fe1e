, latest AS (
  SELECT DISTINCT ON (stream_id) (data->>'task_id')::uuid AS task_id, data->>'assignee' AS assignee,
         coalesce((data->>'follows_responsible')::boolean, false) AS follows_responsible, version, occurred_at
    FROM batch ORDER BY stream_id, version DESC
)
UPDATE manager_tasks t
   SET assignee = l.assignee, follows_responsible = l.follows_responsible, version = l.version, assigned_at = l.occurred_at
  FROM latest l WHERE t.task_id = l.task_id AND t.version < l.version
