-- Exhibitions, seminars, webinars, with the last that was told of each: the plan, when it was held, what it has cost.
SELECT e.marketing_event_id, p.event_name, p.kind, p.planned_from, p.stages[cardinality(p.stages)] AS last_stage,
       p.amount AS budget, t.held_from, t.cost, coalesce(t.cost_currency, p.currency) AS currency,
       CASE WHEN t.is_cancelled THEN 'cancelled' WHEN t.is_closed THEN 'closed' WHEN t.is_held THEN 'held'
            ELSE 'planned' END AS status
  FROM :schema.marketing_events e
  JOIN (SELECT DISTINCT ON (h.marketing_event_id) h.*
          FROM :schema.marketing_event_changes h WHERE :known(h) AND h.change IN ('planned', 'changed')
         ORDER BY h.marketing_event_id, h.version DESC) p USING (marketing_event_id)
  JOIN (SELECT h.marketing_event_id, :last(h.held_from) AS held_from,
               (array_agg(h.amount ORDER BY h.version DESC) FILTER (WHERE h.change = 'cost_recorded'))[1] AS cost,
               (array_agg(h.currency ORDER BY h.version DESC) FILTER (WHERE h.change = 'cost_recorded'))[1] AS cost_currency,
               bool_or(h.change = 'cancelled') AS is_cancelled, bool_or(h.change = 'closed') AS is_closed,
               bool_or(h.change = 'held') AS is_held
          FROM :schema.marketing_event_changes h WHERE :known(h) GROUP BY 1) t USING (marketing_event_id)
 WHERE e.announced_at <= :as_of AND e.recorded_at <= :known_at AND :seen(e.direction) AND :is(direction, e.direction)
