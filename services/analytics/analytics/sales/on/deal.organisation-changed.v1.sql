INSERT INTO deal_organisations (deal_id, version, organisation_id, occurred_at, recorded_at)
SELECT (data->>'deal_id')::uuid, version, (data->>'organisation_id')::uuid, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
