INSERT INTO customer_merges (customer_id, version, occurred_at, recorded_at)
SELECT (data->>'customer_id')::uuid, version, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
