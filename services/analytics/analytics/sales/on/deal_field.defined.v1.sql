INSERT INTO field_definitions (subject, field, version, kind, field_title, options, is_personal, is_retired,
                               occurred_at, recorded_at)
SELECT 'deal', data->>'code', version, data->>'kind', data->>'title', data->'options',
       coalesce((data->>'personal')::boolean, false), false, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
