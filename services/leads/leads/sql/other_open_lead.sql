-- Has the card that this lead belongs to another open lead, on any of its members?
WITH RECURSIVE tree AS (
  SELECT root_of($2) AS id
  UNION ALL
  SELECT c.id FROM tree t JOIN customers c ON c.merged_into = t.id
)
SELECT EXISTS (SELECT FROM tree t JOIN leads l ON l.customer_id = t.id
                WHERE l.id <> $1 AND l.status IN ('new', 'qualified'))
