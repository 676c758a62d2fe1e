-- reads: leads, answered
-- Leads of the period by who is responsible; minutes: how long each waited for its first answer.
WITH captured AS MATERIALIZED (
  SELECT lead_id, manager_id, direction, captured_at FROM leads
   WHERE captured_at >= :start AND captured_at < :end AND manager_id IS NOT NULL
)
SELECT (captured_at AT TIME ZONE :zone)::date AS day, manager_id, direction, count(*) AS leads,
       count(*) FILTER (WHERE answered_at IS NULL) AS unanswered,
       array_agg((extract(epoch FROM answered_at - captured_at) / 60)::float8) FILTER (WHERE answered_at IS NOT NULL) AS minutes
  FROM captured LEFT JOIN answered USING (lead_id)
 GROUP BY 1, 2, 3
