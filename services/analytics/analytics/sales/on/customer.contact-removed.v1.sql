INSERT INTO customer_contact_changes (customer_id, version, kind, change, occurred_at, recorded_at)
SELECT (data->>'customer_id')::uuid, version, data->>'kind', -1, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
