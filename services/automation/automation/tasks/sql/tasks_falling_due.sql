-- Open tasks whose hour has come by $1 and of which that was not told yet: overdue ones, and those to be reminded of; $2 of
-- each. What another process holds is left to it.
WITH overdue AS (
  SELECT task_id FROM manager_tasks
   WHERE state = 'open' AND overdue_told IS DISTINCT FROM due_at AND due_at <= $1
   ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
), reminded AS (
  SELECT task_id FROM manager_tasks
   WHERE state = 'open' AND remind_at IS NOT NULL AND reminder_told IS DISTINCT FROM remind_at AND remind_at <= $1
   ORDER BY remind_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
SELECT task_id, version, assignee, customer_id, lead_id, deal_id, due_at, remind_at, cause,
       due_at <= $1 AND overdue_told IS DISTINCT FROM due_at AS is_overdue,
       coalesce(remind_at <= $1 AND reminder_told IS DISTINCT FROM remind_at, false) AS is_to_remind
  FROM manager_tasks WHERE task_id IN (SELECT task_id FROM overdue UNION SELECT task_id FROM reminded)
 ORDER BY task_id
