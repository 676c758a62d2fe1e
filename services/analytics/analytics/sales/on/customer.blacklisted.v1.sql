INSERT INTO customer_blacklistings (customer_id, version, is_blacklisted, occurred_at, recorded_at)
SELECT (data->>'customer_id')::uuid, version, true, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
