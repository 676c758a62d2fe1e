-- The next customers of a manager's open work, after the one reached: those he answers for, and those with open leads of
-- his. Of the lines of business of who asked for it.
SELECT customer_id FROM (
  (SELECT c.id AS customer_id FROM customers c
    WHERE c.manager_id = $1 AND ($2::uuid IS NULL OR c.id > $2) AND ($3::uuid[] IS NULL OR c.id = ANY($3))
      AND ($4::text[] IS NULL OR c.direction IS NULL OR c.direction = ANY($4))
    ORDER BY c.id LIMIT $5)
  UNION
  (SELECT l.customer_id FROM leads l
    WHERE l.manager_id = $1 AND l.status IN ('new', 'qualified') AND ($2 IS NULL OR l.customer_id > $2)
      AND ($3 IS NULL OR l.customer_id = ANY($3))
      AND ($4 IS NULL OR l.direction IS NULL OR l.direction = ANY($4))
    ORDER BY l.customer_id LIMIT $5)
) work ORDER BY customer_id LIMIT $5
