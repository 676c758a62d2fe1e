INSERT INTO target_changes (target_id, version, change, amount, reason, occurred_at, recorded_at)
SELECT (data->>'target_id')::uuid, version, 'changed', (data->>'amount')::numeric, data->>'reason', occurred_at,
       recorded_at
  FROM batch
ON CONFLICT DO NOTHING
