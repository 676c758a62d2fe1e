-- reads: held, participants, organisation_results
-- Who came to each marketing event, and what came of it. Merged cards count once.
WITH events AS MATERIALIZED (
  SELECT * FROM held
), people AS (
  SELECT marketing_event_id, count(DISTINCT p.person_id) AS participants,
         count(DISTINCT p.person_id) FILTER (WHERE p.stage = e.last_stage) AS came
    FROM events e JOIN participants p USING (marketing_event_id)
   WHERE p.marketing_event_id = ANY (ARRAY(SELECT marketing_event_id FROM events)) GROUP BY 1
), results AS (
  SELECT marketing_event_id, count(*) AS organisations, round(avg(loyalty), 1) AS loyalty, round(avg(interest), 1) AS interest
    FROM organisation_results GROUP BY 1
)
SELECT e.day, e.marketing_event_id, coalesce(p.participants, 0) AS participants, coalesce(p.came, 0) AS came,
       coalesce(r.organisations, 0) AS organisations, r.loyalty, r.interest
  FROM events e LEFT JOIN people p USING (marketing_event_id) LEFT JOIN results r USING (marketing_event_id)
