WITH entries AS (
  INSERT INTO deal_stage_changes (deal_id, version, change, from_stage, stage, kind, pipeline_version, occurred_at,
                                  recorded_at)
  SELECT (data->>'deal_id')::uuid, version, 'won', data->>'from_stage', data->>'stage', 'won',
         (data->>'pipeline_version')::int, occurred_at, recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
), deal_worth AS (
  INSERT INTO deal_values (deal_id, version, amount, currency, occurred_at, recorded_at)
  SELECT (data->>'deal_id')::uuid, version, (data#>>'{value,amount}')::numeric, data#>>'{value,currency}', occurred_at,
         recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO deals AS d (deal_id, stage, stage_kind, stage_at, stage_version, amount, currency, amount_version)
SELECT DISTINCT ON (1) (data->>'deal_id')::uuid, data->>'stage', 'won', occurred_at, version,
       (data#>>'{value,amount}')::numeric, data#>>'{value,currency}', version
  FROM batch ORDER BY 1, version DESC
ON CONFLICT (deal_id) DO UPDATE
   SET stage = CASE WHEN d.stage_version > excluded.stage_version THEN d.stage ELSE excluded.stage END,
       stage_kind = CASE WHEN d.stage_version > excluded.stage_version THEN d.stage_kind ELSE excluded.stage_kind END,
       stage_at = CASE WHEN d.stage_version > excluded.stage_version THEN d.stage_at ELSE excluded.stage_at END,
       stage_version = greatest(d.stage_version, excluded.stage_version),
       amount = CASE WHEN d.amount_version > excluded.amount_version THEN d.amount ELSE excluded.amount END,
       currency = CASE WHEN d.amount_version > excluded.amount_version THEN d.currency ELSE excluded.currency END,
       amount_version = greatest(d.amount_version, excluded.amount_version),
       updated_at = clock_timestamp()
