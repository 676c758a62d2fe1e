-- Why is free text, which may name somebody.
INSERT INTO target_changes (target_id, version, change, occurred_at, recorded_at)
SELECT (data->>'target_id')::uuid, version, 'withdrawn', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
