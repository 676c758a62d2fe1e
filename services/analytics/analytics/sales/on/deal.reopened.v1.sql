WITH entries AS (
  INSERT INTO deal_stage_changes (deal_id, version, change, from_stage, stage, kind, pipeline_version, occurred_at,
                                  recorded_at)
  SELECT (data->>'deal_id')::uuid, version, 'reopened', data->>'from_stage', data->>'to_stage', 'open',
         (data->>'pipeline_version')::int, occurred_at, recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO deals AS d (deal_id, stage, stage_kind, stage_at, stage_version)
SELECT DISTINCT ON (1) (data->>'deal_id')::uuid, data->>'to_stage', 'open', occurred_at, version
  FROM batch ORDER BY 1, version DESC
ON CONFLICT (deal_id) DO UPDATE
   SET stage = excluded.stage, stage_kind = excluded.stage_kind, stage_at = excluded.stage_at,
       stage_version = excluded.stage_version, updated_at = clock_timestamp()
 WHERE (d.stage_version > excluded.stage_version) IS NOT TRUE
