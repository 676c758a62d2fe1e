-- Deals as their streams now stand. A row that is newer stays.
INSERT INTO deals AS d (deal_id, version, number, customer_id, lead_id, pipeline, pipeline_version, deal_type, state, stage,
                        amount, currency, manager_id, direction, loss_reason, opened_at, stage_since, closed_at)
SELECT g.deal_id, g.version, g.number, g.customer_id, g.lead_id, g.pipeline, g.pipeline_version, g.deal_type, g.state,
       g.stage, g.amount, g.currency, g.manager_id, g.direction, g.loss_reason, g.at, g.at,
       CASE WHEN g.state IN ('won', 'lost') THEN g.at END
  FROM unnest($1::uuid[], $2::int[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::int[], $8::text[], $9::text[],
              $10::text[], $11::numeric[], $12::text[], $13::text[], $14::text[], $15::text[], $16::timestamptz[])
       AS g(deal_id, version, number, customer_id, lead_id, pipeline, pipeline_version, deal_type, state, stage, amount,
            currency, manager_id, direction, loss_reason, at)
 ORDER BY g.deal_id
ON CONFLICT (deal_id) DO UPDATE SET
  version = excluded.version, state = excluded.state, stage = excluded.stage, amount = excluded.amount,
  currency = excluded.currency, manager_id = excluded.manager_id, loss_reason = excluded.loss_reason,
  stage_since = CASE WHEN d.stage = excluded.stage THEN d.stage_since ELSE excluded.stage_since END,
  closed_at = CASE WHEN excluded.state IN ('won', 'lost') THEN coalesce(d.closed_at, excluded.closed_at) END
 WHERE d.version < excluded.version
