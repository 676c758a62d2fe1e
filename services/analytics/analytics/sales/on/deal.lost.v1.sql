WITH entries AS (
  INSERT INTO deal_stage_changes (deal_id, version, change, from_stage, reason, stage, kind, pipeline_version,
                                  occurred_at, recorded_at)
  SELECT (data->>'deal_id')::uuid, version, 'lost', data->>'from_stage', data->>'reason', data->>'stage', 'lost',
         (data->>'pipeline_version')::int, occurred_at, recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO deals AS d (deal_id, stage, stage_kind, stage_at, stage_version, lost_reason, lost_version)
SELECT DISTINCT ON (1) (data->>'deal_id')::uuid, data->>'stage', 'lost', occurred_at, version, data->>'reason', version
  FROM batch ORDER BY 1, version DESC
ON CONFLICT (deal_id) DO UPDATE
   SET stage = CASE WHEN d.stage_version > excluded.stage_version THEN d.stage ELSE excluded.stage END,
       stage_kind = CASE WHEN d.stage_version > excluded.stage_version THEN d.stage_kind ELSE excluded.stage_kind END,
       stage_at = CASE WHEN d.stage_version > excluded.stage_version THEN d.stage_at ELSE excluded.stage_at END,
       stage_version = greatest(d.stage_version, excluded.stage_version),
       lost_reason = CASE WHEN d.lost_version > excluded.lost_version THEN d.lost_reason ELSE excluded.lost_reason END,
       lost_version = greatest(d.lost_version, excluded.lost_version),
       updated_at = clock_timestamp()
