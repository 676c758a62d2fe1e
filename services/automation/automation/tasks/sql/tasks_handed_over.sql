-- Open tasks, of these tasks and these customers, whose customer went from their assignee to another manager since they
-- are his. Those that follow a lead go with the lead.
SELECT t.task_id, t.customer_id, t.version, t.assignee, h.manager_id, h.at, t.cause
  FROM manager_tasks t
 CROSS JOIN LATERAL (
   SELECT h.manager_id, h.at FROM customer_handovers h
    WHERE h.customer_id = t.customer_id AND h.previous_manager_id = t.assignee
      AND h.at > coalesce(t.assigned_at, t.created_at)
    ORDER BY h.at, h.version LIMIT 1) h
 WHERE t.state = 'open' AND NOT t.follows_responsible AND h.manager_id <> t.assignee
   AND (t.task_id = ANY($1::uuid[]) OR t.customer_id = ANY($2::uuid[]))
 ORDER BY t.task_id
