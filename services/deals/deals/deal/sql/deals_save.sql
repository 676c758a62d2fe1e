-- Deals as their streams now stand. A row that is newer stays. Tags and people come as JSON lists.
INSERT INTO deals AS d (deal_id, version, number, customer_id, lead_id, pipeline, pipeline_version, deal_type, state, stage,
                        amount, currency, manager_id, direction, loss_reason, opened_at, stage_since, closed_at,
                        previous_deal_id, organisation_id, expected_on, wake_at, tags, people)
SELECT g.deal_id, g.version, g.number, g.customer_id, g.lead_id, g.pipeline, g.pipeline_version, g.deal_type, g.state,
       g.stage, g.amount, g.currency, g.manager_id, g.direction, g.loss_reason, g.opened_at, g.stage_since, g.closed_at,
       g.previous_deal_id, g.organisation_id, g.expected_on, g.wake_at,
       ARRAY(SELECT json_array_elements_text(g.tags::json)), ARRAY(SELECT json_array_elements_text(g.people::json)::uuid)
  FROM unnest($1::uuid[], $2::int[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::int[], $8::text[], $9::text[],
              $10::text[], $11::numeric[], $12::text[], $13::text[], $14::text[], $15::text[], $16::timestamptz[],
              $17::timestamptz[], $18::timestamptz[], $19::uuid[], $20::uuid[], $21::date[], $22::timestamptz[],
              $23::text[], $24::text[])
       AS g(deal_id, version, number, customer_id, lead_id, pipeline, pipeline_version, deal_type, state, stage, amount,
            currency, manager_id, direction, loss_reason, opened_at, stage_since, closed_at, previous_deal_id,
            organisation_id, expected_on, wake_at, tags, people)
 ORDER BY g.deal_id
ON CONFLICT (deal_id) DO UPDATE SET
  version = excluded.version, state = excluded.state, stage = excluded.stage, amount = excluded.amount,
  currency = excluded.currency, manager_id = excluded.manager_id, loss_reason = excluded.loss_reason,
  stage_since = excluded.stage_since, closed_at = excluded.closed_at, organisation_id = excluded.organisation_id,
  expected_on = excluded.expected_on, wake_at = excluded.wake_at, tags = excluded.tags, people = excluded.people
 WHERE d.version < excluded.version
