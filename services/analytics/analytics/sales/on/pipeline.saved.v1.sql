WITH stages AS (
  INSERT INTO pipeline_stages (pipeline, version, position, stage, kind, probability, expected_days, title_ru, title_en,
                               occurred_at, recorded_at)
  SELECT data->>'code', version, position, stage->>'code', stage->>'kind', (stage->>'probability')::numeric,
         (stage->>'days')::int, stage->>'title_ru', stage->>'title_en', occurred_at, recorded_at
    FROM batch, jsonb_array_elements(data->'stages') WITH ORDINALITY AS s (stage, position)
  ON CONFLICT DO NOTHING
), reasons AS (
  INSERT INTO pipeline_codes (pipeline, version, kind, code, title_ru, title_en, occurred_at, recorded_at)
  SELECT data->>'code', version, 'loss_reason', coded->>'code', coded->>'title_ru', coded->>'title_en', occurred_at,
         recorded_at
    FROM batch, jsonb_array_elements(data->'loss_reasons') AS coded
  ON CONFLICT DO NOTHING
), types AS (
  INSERT INTO pipeline_codes (pipeline, version, kind, code, title_ru, title_en, occurred_at, recorded_at)
  SELECT data->>'code', version, 'deal_type', coded->>'code', coded->>'title_ru', coded->>'title_en', occurred_at,
         recorded_at
    FROM batch, jsonb_array_elements(data->'deal_types') AS coded
  ON CONFLICT DO NOTHING
)
INSERT INTO pipeline_versions (pipeline, version, pipeline_version, is_retired, title_ru, title_en, occurred_at,
                               recorded_at)
SELECT data->>'code', version, (data->>'version')::int, false, data->>'title_ru', data->>'title_en', occurred_at,
       recorded_at
  FROM batch
ON CONFLICT DO NOTHING
