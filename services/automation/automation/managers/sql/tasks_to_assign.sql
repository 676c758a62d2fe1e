-- Open tasks among these ($1) that are nobody's and whose assignee is to be chosen; with whom that was, where it is done.
SELECT t.task_id, t.version, t.choice, t.cause, t.customer_id, t.lead_id, t.deal_id, c.manager_id
  FROM manager_tasks t LEFT JOIN manager_choices c USING (task_id)
 WHERE t.task_id = ANY($1::uuid[]) AND t.state = 'open' AND t.choice IS NOT NULL AND t.assignee IS NULL
 ORDER BY t.created_at, t.task_id
