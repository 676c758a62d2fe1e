-- reads: marketing_events, participants, organisation_results
SELECT e.marketing_event_id AS id, e.event_name AS name, e.kind, e.status, e.planned_from, e.held_from, e.budget,
    e.cost, e.currency,
       coalesce(p.participants, 0) AS participants, coalesce(p.came, 0) AS came,
       round(e.cost / nullif(p.came, 0), 2) AS cost_per_contact,
       round(e.cost / nullif(p.participants, 0), 2) AS cost_per_participant,
       coalesce(r.organisations, 0) AS organisations, r.loyalty, r.interest
  FROM marketing_events e
  LEFT JOIN (SELECT marketing_event_id, count(DISTINCT person_id) AS participants,
                    count(DISTINCT person_id) FILTER (WHERE p.stage = s.last_stage) AS came
               FROM participants p JOIN marketing_events s USING (marketing_event_id)
                   GROUP BY 1) p USING (marketing_event_id)
  LEFT JOIN (SELECT marketing_event_id, count(*) AS organisations, round(avg(loyalty), 1) AS loyalty,
      round(avg(interest), 1) AS interest
               FROM organisation_results GROUP BY 1) r USING (marketing_event_id)
 WHERE coalesce(e.held_from, e.planned_from) >= :start AND coalesce(e.held_from, e.planned_from) < :end
 ORDER BY coalesce(e.held_from, e.planned_from), 1
