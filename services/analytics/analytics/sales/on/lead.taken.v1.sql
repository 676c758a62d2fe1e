INSERT INTO lead_takings (lead_id, version, manager_id, occurred_at, recorded_at)
SELECT (data->>'lead_id')::uuid, version, data->>'manager_id', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
