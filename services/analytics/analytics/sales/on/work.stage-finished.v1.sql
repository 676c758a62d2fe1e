INSERT INTO work_changes (work_id, version, change, deal_id, customer_id, stage, on_date, occurred_at, recorded_at)
SELECT (data->>'work_id')::uuid, version, 'stage_finished', (data->>'deal_id')::uuid, (data->>'customer_id')::uuid,
       data->>'stage', (data->>'finished_on')::date, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
