-- Open tasks, of these tasks and these leads, whose assignee is not the one who is responsible now.
SELECT t.task_id, t.lead_id, t.version, t.assignee, l.manager_id, t.cause
  FROM manager_tasks t JOIN lead_responsible l USING (lead_id)
 WHERE t.state = 'open' AND t.follows_responsible AND t.assignee IS DISTINCT FROM l.manager_id
   AND l.manager_id IS NOT NULL AND (t.task_id = ANY($1::uuid[]) OR t.lead_id = ANY($2::uuid[]))
 ORDER BY t.task_id
