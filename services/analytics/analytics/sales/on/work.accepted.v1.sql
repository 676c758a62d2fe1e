INSERT INTO work_changes (work_id, version, change, deal_id, customer_id, on_date, occurred_at, recorded_at)
SELECT (data->>'work_id')::uuid, version, 'accepted', (data->>'deal_id')::uuid, (data->>'customer_id')::uuid,
       (data->>'accepted_on')::date, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
