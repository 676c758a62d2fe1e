WITH history AS (
  INSERT INTO task_changes (task_id, version, change, assignee, due_at, priority, occurred_at, recorded_at)
  SELECT (data->>'task_id')::uuid, version, 'created', data->>'assignee', (data->>'due_at')::timestamptz,
         coalesce(data->>'priority', 'normal'), occurred_at, recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO tasks AS t (task_id, kind, created_at, recorded_at, due_at, due_version, customer_id, lead_id, deal_id, rule,
                        assignee, assignee_version)
SELECT (data->>'task_id')::uuid, data->>'kind', occurred_at, recorded_at, (data->>'due_at')::timestamptz, version, (data->>'customer_id')::uuid,
       (data->>'lead_id')::uuid, (data->>'deal_id')::uuid, data#>>'{cause,rule}',
       data->>'assignee', CASE WHEN data ? 'assignee' THEN version END
  FROM batch
ON CONFLICT (task_id) DO UPDATE
   SET kind = excluded.kind, created_at = excluded.created_at, recorded_at = excluded.recorded_at,
       due_at = CASE WHEN t.due_version > excluded.due_version THEN t.due_at ELSE excluded.due_at END,
       due_version = greatest(t.due_version, excluded.due_version),
       customer_id = excluded.customer_id, lead_id = excluded.lead_id, deal_id = excluded.deal_id, rule = excluded.rule,
       assignee = CASE WHEN t.assignee_version > excluded.assignee_version THEN t.assignee
                       ELSE coalesce(excluded.assignee, t.assignee) END,
       assignee_version = greatest(t.assignee_version, excluded.assignee_version),
       updated_at = clock_timestamp()
