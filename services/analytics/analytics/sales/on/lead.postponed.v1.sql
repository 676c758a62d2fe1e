INSERT INTO lead_postponements (lead_id, version, until_at, manager_id, occurred_at, recorded_at)
SELECT (data->>'lead_id')::uuid, version, (data->>'until')::timestamptz, data->>'manager_id', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
