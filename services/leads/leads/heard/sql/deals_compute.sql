-- Deals ($1) as they stand after all that was heard of them: of each fact the word of the highest version counts.
WITH said AS (
  SELECT h.stream_id AS deal_id, h.version, h.customer_id, h.type, h.occurred_at, h.facts,
         coalesce(h.facts ->> 'to_stage', h.facts ->> 'stage') AS stage,
         CASE WHEN h.type IN ('deal.won.v1', 'deal.lost.v1') THEN split_part(h.type, '.', 2)
              WHEN h.facts ->> 'to_kind' IN ('won', 'lost') THEN h.facts ->> 'to_kind'
              WHEN h.facts ?| '{stage,to_stage}' THEN 'open' END AS state
    FROM heard h WHERE h.stream_id = ANY($1::uuid[])
), now AS (
  SELECT deal_id,
         (array_agg(customer_id ORDER BY version DESC))[1] AS customer_id,
         bool_or(type = 'deal.opened.v1') AS told,
         (array_agg(facts ->> 'direction' ORDER BY version DESC) FILTER (WHERE facts ? 'direction'))[1] AS direction,
         (array_agg(facts ->> 'number' ORDER BY version DESC) FILTER (WHERE facts ? 'number'))[1] AS number,
         (array_agg(facts ->> 'pipeline' ORDER BY version DESC) FILTER (WHERE facts ? 'pipeline'))[1] AS pipeline,
         (array_agg(facts ->> 'manager_id' ORDER BY version DESC) FILTER (WHERE facts ? 'manager_id'))[1] AS manager_id,
         (array_agg(facts -> 'value' ORDER BY version DESC) FILTER (WHERE facts #> '{value,amount}' IS NOT NULL))[1]
           AS value,
         (array_agg(stage ORDER BY version DESC) FILTER (WHERE stage IS NOT NULL))[1] AS stage,
         (array_agg(state ORDER BY version DESC) FILTER (WHERE state IS NOT NULL))[1] AS state,
         (array_agg(occurred_at ORDER BY version DESC) FILTER (WHERE state IS NOT NULL))[1] AS moved_at,
         min(occurred_at) FILTER (WHERE type = 'deal.opened.v1') AS opened_at
    FROM said GROUP BY deal_id
)
UPDATE customer_deals d
   SET customer_id = n.customer_id, told = n.told, direction = n.direction, number = n.number, pipeline = n.pipeline,
       stage = n.stage, state = coalesce(n.state, 'open'), amount = (n.value ->> 'amount')::numeric,
       currency = n.value ->> 'currency', manager_id = n.manager_id, opened_at = n.opened_at,
       closed_at = CASE WHEN n.state IN ('won', 'lost') THEN n.moved_at END
  FROM now n WHERE d.deal_id = n.deal_id
