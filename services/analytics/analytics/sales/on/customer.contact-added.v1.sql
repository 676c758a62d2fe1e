-- How many; which ones is sealed.
INSERT INTO customer_contact_changes (customer_id, version, kind, change, occurred_at, recorded_at)
SELECT (data->>'customer_id')::uuid, version, k.kind, jsonb_array_length(data->k.list), occurred_at, recorded_at
  FROM batch, (VALUES ('phone', 'phones'), ('email', 'emails'), ('messenger', 'messengers')) AS k (kind, list)
 WHERE jsonb_array_length(data->k.list) > 0
ON CONFLICT DO NOTHING
