-- reads: spans, leads, answered
-- Leads of the days that are in the period, by who is responsible; minutes: how long each waited for its first answer.
WITH captured AS MATERIALIZED (
  SELECT s.day, l.lead_id, l.manager_id, l.direction, l.captured_at
    FROM spans s JOIN leads l ON l.captured_at >= s.starts_at AND l.captured_at < s.ends_at
   WHERE l.captured_at >= :start AND l.captured_at < :end AND l.manager_id IS NOT NULL
)
SELECT day, manager_id, direction, count(*) AS leads, count(*) FILTER (WHERE answered_at IS NULL) AS unanswered,
       array_agg((extract(epoch FROM answered_at - captured_at) / 60)::float8) FILTER (WHERE answered_at IS NOT NULL) AS minutes
  FROM captured LEFT JOIN answered USING (lead_id)
 GROUP BY 1, 2, 3
