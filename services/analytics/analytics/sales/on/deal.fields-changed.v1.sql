-- What is sealed is as if it were cleared.
INSERT INTO trait_changes (subject, subject_id, version, field, value, occurred_at, recorded_at)
SELECT 'deal', (data->>'deal_id')::uuid, version, change->>'field', nullif(change->'value', 'null'), occurred_at,
       recorded_at
  FROM batch, jsonb_array_elements(data->'changes') AS change
ON CONFLICT DO NOTHING
