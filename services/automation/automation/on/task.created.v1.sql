INSERT INTO manager_tasks (task_id, version, kind, title, due_at, assignee, follows_responsible, customer_id, lead_id,
                           deal_id, cause, created_at, priority, remind_at, choice)
SELECT (data->>'task_id')::uuid, version, data->>'kind', data->>'title', (data->>'due_at')::timestamptz,
       data->>'assignee', coalesce((data->>'follows_responsible')::boolean, false), (data->>'customer_id')::uuid,
       (data->>'lead_id')::uuid, (data->>'deal_id')::uuid, data->'cause', occurred_at,
       coalesce(data->>'priority', 'normal'), (data->>'remind_at')::timestamptz,
       data->'choice'
  FROM batch
ON CONFLICT (task_id) DO NOTHING
