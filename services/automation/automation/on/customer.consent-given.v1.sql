INSERT INTO consents (customer_id, purpose, channel, at, given)
SELECT (data->>'customer_id')::uuid, data->>'purpose', coalesce(data->>'channel', ''), (data->>'at')::timestamptz, true
  FROM batch
ON CONFLICT DO NOTHING
