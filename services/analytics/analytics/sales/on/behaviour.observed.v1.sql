INSERT INTO site_visits (visitor_id, version, customer_id, source, viewed, first_at, last_at, occurred_at, recorded_at)
SELECT (data->>'visitor_id')::uuid, version, (data->>'customer_id')::uuid, data->>'source', (data->>'count')::int,
       (data->>'first_at')::timestamptz, (data->>'last_at')::timestamptz, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
