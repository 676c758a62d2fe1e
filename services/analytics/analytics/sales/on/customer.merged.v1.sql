INSERT INTO customer_merges (customer_id, version, into_customer_id, reason, occurred_at, recorded_at)
SELECT (data->>'customer_id')::uuid, version, (data->>'into_customer_id')::uuid, data->>'reason', occurred_at,
       recorded_at
  FROM batch
ON CONFLICT DO NOTHING
