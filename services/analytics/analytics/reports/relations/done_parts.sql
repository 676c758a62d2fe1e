-- reads: tasks
-- Tasks completed since the period began, by who did them: how many in it, how many of those too late, and when the last.
SELECT (completed_at AT TIME ZONE :zone)::date AS day, manager_id, direction,
       count(*) FILTER (WHERE completed_at < :end) AS done,
       count(*) FILTER (WHERE completed_at < :end AND completed_at > due_at) AS late, max(completed_at) AS last_at
  FROM tasks WHERE completed_at >= :start AND manager_id IS NOT NULL GROUP BY 1, 2, 3
