INSERT INTO work_changes (work_id, version, change, deal_id, customer_id, occurred_at, recorded_at)
SELECT (data->>'work_id')::uuid, version, 'cancelled', (data->>'deal_id')::uuid, (data->>'customer_id')::uuid,
       occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
