INSERT INTO pipeline_versions (pipeline, version, is_retired, occurred_at, recorded_at)
SELECT data->>'code', version, true, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
