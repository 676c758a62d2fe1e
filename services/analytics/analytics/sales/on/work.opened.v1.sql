WITH plans AS (
  INSERT INTO work_stage_plans (work_id, version, stage, deal_id, role, responsible_id, starts_date, due_date,
                                occurred_at, recorded_at)
  SELECT (data->>'work_id')::uuid, version, stage->>'code', (data->>'deal_id')::uuid, stage->>'role',
         stage->>'responsible_id', (stage->>'starts_on')::date, (stage->>'due_on')::date, occurred_at, recorded_at
    FROM batch, jsonb_array_elements(data->'stages') AS stage
  ON CONFLICT DO NOTHING
)
INSERT INTO work_changes (work_id, version, change, deal_id, customer_id, manager_id, occurred_at, recorded_at)
SELECT (data->>'work_id')::uuid, version, 'opened', (data->>'deal_id')::uuid, (data->>'customer_id')::uuid,
       data->>'manager_id', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
