INSERT INTO deal_put_offs (deal_id, version, is_woken, wake_at, occurred_at, recorded_at)
SELECT (data->>'deal_id')::uuid, version, false, (data->>'wake_at')::timestamptz, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
