INSERT INTO organisation_people (organisation_id, version, customer_id, is_attached, occurred_at, recorded_at)
SELECT (data->>'organisation_id')::uuid, version, (data->>'customer_id')::uuid, false, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
