-- Exhibitions, seminars, webinars, with the last that was told of each.
SELECT e.marketing_event_id, t.*
  FROM :schema.marketing_events e
  JOIN (SELECT h.marketing_event_id AS of_event,
               (array_agg(h.event_name ORDER BY h.version DESC) FILTER (WHERE h.change IN ('planned', 'changed')))[1] AS event_name,
               (array_agg(h.kind ORDER BY h.version DESC) FILTER (WHERE h.change IN ('planned', 'changed')))[1] AS kind,
               (array_agg(h.planned_from ORDER BY h.version DESC) FILTER (WHERE h.change IN ('planned', 'changed')))[1] AS planned_from,
               (array_agg(h.amount ORDER BY h.version DESC) FILTER (WHERE h.change IN ('planned', 'changed')))[1] AS budget,
               (array_agg(h.held_from ORDER BY h.version DESC) FILTER (WHERE h.change = 'held'))[1] AS held_from,
               (array_agg(h.amount ORDER BY h.version DESC) FILTER (WHERE h.change = 'cost_recorded'))[1] AS cost,
               (array_agg(h.currency ORDER BY h.change = 'cost_recorded' DESC, h.version DESC) FILTER (WHERE h.currency IS NOT NULL))[1] AS currency,
               CASE WHEN bool_or(h.change = 'cancelled') THEN 'cancelled' WHEN bool_or(h.change = 'closed') THEN 'closed'
                    WHEN bool_or(h.change = 'held') THEN 'held' ELSE 'planned' END AS status
          FROM :schema.marketing_event_changes h WHERE :known(h) GROUP BY 1) t ON t.of_event = e.marketing_event_id
 WHERE e.announced_at <= :as_of AND e.recorded_at <= :known_at AND :seen(e.direction) AND :is(direction, e.direction)
