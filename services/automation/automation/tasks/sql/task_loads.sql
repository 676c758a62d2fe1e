-- Open tasks by assignee as of $1, the most loaded first, of those whom the caller may see ($2; NULL: everybody);
-- but for his own ($4) only what is about his lines of business ($3; NULL: all).
SELECT assignee, count(*) AS open, count(*) FILTER (WHERE due_at < $1) AS overdue,
       count(*) FILTER (WHERE due_at >= $1 AND due_at < $1 + interval '1 day') AS due_in_a_day,
       count(*) FILTER (WHERE priority IN ('high', 'urgent')) AS urgent
  FROM manager_tasks WHERE state = 'open' AND ($2::text[] IS NULL OR assignee IS NULL OR assignee = ANY($2))
   AND (assignee IS NOT DISTINCT FROM $4::text OR is_in_sight(deal_id, lead_id, customer_id, $3::text[]))
 GROUP BY assignee ORDER BY 2 DESC, 1
