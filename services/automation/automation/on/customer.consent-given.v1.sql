INSERT INTO consents (customer_id, purpose, channel, at, given)
SELECT (data->>'customer_id')::uuid, data->>'purpose', coalesce(data->>'channel', ''), (data->>'at')::timestamptz, true
  FROM batch b WHERE NOT EXISTS (SELECT FROM contacts c WHERE c.customer_id = (b.data->>'customer_id')::uuid AND c.erased)
ON CONFLICT DO NOTHING
