-- A person's tasks that are due from $2 until before $3 and are about these lines of business ($5; NULL: all); $6: open ones.
SELECT task_id, version, state, kind, title, due_at, assignee, follows_responsible, result, customer_id, lead_id, deal_id,
       cause, created_at, completed_at, priority, remind_at
  FROM manager_tasks WHERE assignee = $1 AND due_at >= $2 AND due_at < $3
   AND (NOT $6 OR state = 'open') AND is_in_sight(deal_id, lead_id, customer_id, $5::text[])
 ORDER BY due_at, task_id LIMIT $4
