INSERT INTO work_changes (work_id, version, change, deal_id, customer_id, stage, on_date, occurred_at, recorded_at)
SELECT (data->>'work_id')::uuid, version, 'stage_started', (data->>'deal_id')::uuid, (data->>'customer_id')::uuid,
       data->>'stage', (data->>'started_on')::date, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
