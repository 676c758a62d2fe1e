INSERT INTO deal_put_offs (deal_id, version, is_woken, occurred_at, recorded_at)
SELECT (data->>'deal_id')::uuid, version, true, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
