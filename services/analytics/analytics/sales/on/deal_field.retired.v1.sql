INSERT INTO field_definitions (subject, field, version, is_retired, occurred_at, recorded_at)
SELECT 'deal', data->>'code', version, true, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
