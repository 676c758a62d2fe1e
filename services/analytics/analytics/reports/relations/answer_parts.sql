-- reads: captured, answered
-- Leads of the period by who is responsible and by how long they waited for their first answer; minutes: each of these.
WITH mine AS MATERIALIZED (
  SELECT day, lead_id, manager_id, direction, captured_at FROM captured WHERE manager_id IS NOT NULL
), waited AS (
  SELECT m.day, m.manager_id, m.direction, (extract(epoch FROM a.answered_at - m.captured_at) / 60)::float8 AS minutes
    FROM mine m LEFT JOIN answered a USING (lead_id)
)
SELECT day, manager_id, direction, :level(minutes) AS level, count(*) AS leads,
       array_agg(minutes) FILTER (WHERE minutes IS NOT NULL) AS minutes
  FROM waited GROUP BY 1, 2, 3, 4
