-- A page of the tasks of those whom the caller may see ($9; NULL: everybody), and of nobody's; but for his own ($11) only
-- what is about his lines of business ($10; NULL: all).
SELECT task_id, version, state, kind, title, due_at, assignee, follows_responsible, result, customer_id, lead_id, deal_id,
       cause, created_at, completed_at, priority, remind_at
  FROM manager_tasks
 WHERE ($1::text IS NULL OR assignee = $1) AND ($2::text IS NULL OR state = $2)
   AND ($3::timestamptz IS NULL OR due_at < $3) AND ($4::uuid IS NULL OR lead_id = $4)
   AND ($5::uuid IS NULL OR customer_id = ANY (ARRAY(SELECT cards_of($5))))
   AND ($6::timestamptz IS NULL OR (due_at, task_id) > ($6, $7::uuid))
   AND ($9::text[] IS NULL OR assignee IS NULL OR assignee = ANY($9))
   AND (assignee IS NOT DISTINCT FROM $11::text OR is_in_sight(deal_id, lead_id, customer_id, $10::text[]))
 ORDER BY due_at, task_id LIMIT $8
