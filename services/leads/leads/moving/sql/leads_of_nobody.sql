-- The open leads of these requests ($1) that nobody has, where the manager named beside ($2) is active.
SELECT t.touch_id, l.id, l.customer_id, l.version
  FROM unnest($1::uuid[], $2::text[]) AS g(touch_id, manager_id)
  JOIN touches t ON t.touch_id = g.touch_id
  JOIN leads l ON l.id = t.lead_id AND l.manager_id IS NULL AND l.status IN ('new', 'qualified')
  JOIN managers m ON m.id = g.manager_id AND m.active
 ORDER BY l.id FOR UPDATE OF l
