-- reads: spans, tasks
-- The same of the days.
SELECT s.day, t.manager_id, t.direction, count(*) FILTER (WHERE t.completed_at < :end) AS done,
       count(*) FILTER (WHERE t.completed_at < :end AND t.completed_at > t.due_at) AS late, max(t.completed_at) AS last_at
  FROM spans s JOIN tasks t ON t.completed_at >= s.starts_at AND t.completed_at < s.ends_at
 WHERE t.completed_at >= :start AND t.manager_id IS NOT NULL GROUP BY 1, 2, 3
