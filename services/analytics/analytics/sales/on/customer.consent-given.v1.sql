INSERT INTO customer_consents (customer_id, version, purpose, channel, is_given, source, text_version, effective_at,
                               occurred_at, recorded_at)
SELECT (data->>'customer_id')::uuid, version, data->>'purpose', data->>'channel', true, data->>'source',
       data->>'text_version', (data->>'at')::timestamptz, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
