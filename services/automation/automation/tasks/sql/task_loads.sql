-- Open tasks by assignee as of $1, the most loaded first, of those whom the caller may see ($2; NULL: everybody).
SELECT assignee, count(*) AS open, count(*) FILTER (WHERE due_at < $1) AS overdue,
       count(*) FILTER (WHERE due_at >= $1 AND due_at < $1 + interval '1 day') AS due_in_a_day,
       count(*) FILTER (WHERE priority IN ('high', 'urgent')) AS urgent
  FROM manager_tasks WHERE state = 'open' AND ($2::text[] IS NULL OR assignee IS NULL OR assignee = ANY($2))
 GROUP BY assignee ORDER BY 2 DESC, 1
