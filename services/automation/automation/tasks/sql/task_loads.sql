-- Open tasks by assignee as of $1, the most loaded first.
SELECT assignee, count(*) AS open, count(*) FILTER (WHERE due_at < $1) AS overdue,
       count(*) FILTER (WHERE due_at >= $1 AND due_at < $1 + interval '1 day') AS due_in_a_day,
       count(*) FILTER (WHERE priority IN ('high', 'urgent')) AS urgent
  FROM manager_tasks WHERE state = 'open'
 GROUP BY assignee ORDER BY 2 DESC, 1
