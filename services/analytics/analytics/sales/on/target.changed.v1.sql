-- Why is free text, which may name somebody.
INSERT INTO target_changes (target_id, version, change, amount, occurred_at, recorded_at)
SELECT (data->>'target_id')::uuid, version, 'changed', (data->>'amount')::numeric, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
