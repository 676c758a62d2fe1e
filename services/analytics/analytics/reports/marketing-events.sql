-- reads: marketing_events, event_parts
-- What an event costs, and what organisations said of it, is of no segment, lead or deal.
WITH events AS MATERIALIZED (
  SELECT *, coalesce(held_from, planned_from) AS began_at,
         coalesce(:segment, :pipeline, :product, :channel, :campaign, :manager, :department) IS NULL AS is_whole
    FROM marketing_events WHERE coalesce(held_from, planned_from) >= :start AND coalesce(held_from, planned_from) < :end
)
SELECT e.marketing_event_id AS id, e.event_name AS name, e.kind, e.status, e.planned_from, e.held_from,
       CASE WHEN is_whole THEN e.budget END AS budget, CASE WHEN is_whole THEN e.cost END AS cost, e.currency,
       coalesce(p.participants, 0) AS participants, coalesce(p.came, 0) AS came,
       CASE WHEN is_whole THEN round(e.cost / nullif(p.came, 0), 2) END AS cost_per_contact,
       CASE WHEN is_whole THEN round(e.cost / nullif(p.participants, 0), 2) END AS cost_per_participant,
       CASE WHEN is_whole THEN coalesce(p.organisations, 0) ELSE 0 END AS organisations,
       CASE WHEN is_whole THEN p.loyalty END AS loyalty, CASE WHEN is_whole THEN p.interest END AS interest
  FROM events e LEFT JOIN event_parts p USING (marketing_event_id)
 ORDER BY e.began_at, 1
