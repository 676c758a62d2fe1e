INSERT INTO work_changes (work_id, version, change, deal_id, customer_id, edit_id, on_date, occurred_at, recorded_at)
SELECT (data->>'work_id')::uuid, version, 'edits_made', (data->>'deal_id')::uuid, (data->>'customer_id')::uuid,
       (data->>'edit_id')::uuid, (data->>'made_on')::date, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
