-- reads: spans, tasks
-- The same of the days. Day by day, so that each reaches what is of it by an index.
SELECT s.day, t.*
  FROM spans s
 CROSS JOIN LATERAL (
   SELECT manager_id, direction, count(*) FILTER (WHERE completed_at < :end) AS done,
          count(*) FILTER (WHERE completed_at < :end AND completed_at > due_at) AS late, max(completed_at) AS last_at
     FROM tasks
    WHERE completed_at >= greatest(s.starts_at, :start) AND completed_at < s.ends_at AND manager_id IS NOT NULL
    GROUP BY 1, 2) t
