WITH entries AS (
  INSERT INTO deal_stage_changes (deal_id, version, change, stage, kind, pipeline_version, occurred_at, recorded_at)
  SELECT (data->>'deal_id')::uuid, version, 'opened', data->>'stage', 'open', (data->>'pipeline_version')::int,
         occurred_at, recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
), deal_worth AS (
  INSERT INTO deal_values (deal_id, version, amount, currency, occurred_at, recorded_at)
  SELECT (data->>'deal_id')::uuid, version, (data#>>'{value,amount}')::numeric, data#>>'{value,currency}', occurred_at,
         recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
), assignments AS (
  INSERT INTO deal_assignments (deal_id, version, manager_id, occurred_at, recorded_at)
  SELECT (data->>'deal_id')::uuid, version, data->>'manager_id', occurred_at, recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
), parties AS (
  INSERT INTO deal_organisations (deal_id, version, organisation_id, occurred_at, recorded_at)
  SELECT (data->>'deal_id')::uuid, version, (data->>'organisation_id')::uuid, occurred_at, recorded_at
    FROM batch
   WHERE data ? 'organisation_id'
  ON CONFLICT DO NOTHING
)
INSERT INTO deals AS d (deal_id, customer_id, lead_id, previous_deal_id, number, pipeline, pipeline_version, deal_type,
                        direction, opened_at, recorded_at, manager_id, manager_version, amount, currency, amount_version,
                        stage, stage_kind, stage_at, stage_version)
SELECT (data->>'deal_id')::uuid, (data->>'customer_id')::uuid, (data->>'lead_id')::uuid,
       (data->>'previous_deal_id')::uuid, data->>'number', data->>'pipeline', (data->>'pipeline_version')::int,
       coalesce(data->>'deal_type', 'first_sale'), data->>'direction', occurred_at, recorded_at,
       data->>'manager_id', CASE WHEN data ? 'manager_id' THEN version END,
       (data#>>'{value,amount}')::numeric, data#>>'{value,currency}', version,
       data->>'stage', 'open', occurred_at, version
  FROM batch
ON CONFLICT (deal_id) DO UPDATE
   SET customer_id = excluded.customer_id, lead_id = excluded.lead_id,
       previous_deal_id = excluded.previous_deal_id, number = excluded.number, pipeline = excluded.pipeline, pipeline_version = excluded.pipeline_version, deal_type = excluded.deal_type,
       direction = excluded.direction, opened_at = excluded.opened_at, recorded_at = excluded.recorded_at,
       manager_id = CASE WHEN d.manager_version > excluded.manager_version THEN d.manager_id
                         ELSE coalesce(excluded.manager_id, d.manager_id) END,
       manager_version = greatest(d.manager_version, excluded.manager_version),
       amount = CASE WHEN d.amount_version > excluded.amount_version THEN d.amount ELSE excluded.amount END,
       currency = CASE WHEN d.amount_version > excluded.amount_version THEN d.currency ELSE excluded.currency END,
       amount_version = greatest(d.amount_version, excluded.amount_version),
       stage = CASE WHEN d.stage_version > excluded.stage_version THEN d.stage ELSE excluded.stage END,
       stage_kind = CASE WHEN d.stage_version > excluded.stage_version THEN d.stage_kind ELSE excluded.stage_kind END,
       stage_at = CASE WHEN d.stage_version > excluded.stage_version THEN d.stage_at ELSE excluded.stage_at END,
       stage_version = greatest(d.stage_version, excluded.stage_version),
       updated_at = clock_timestamp()
