INSERT INTO deal_close_expectations (deal_id, version, expected_date, occurred_at, recorded_at)
SELECT (data->>'deal_id')::uuid, version, (data->>'expected_on')::date, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
