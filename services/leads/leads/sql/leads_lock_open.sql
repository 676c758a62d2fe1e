-- The open leads of the trees of cards below these roots ($1); locked in the order of their ids.
WITH RECURSIVE tree AS (
  SELECT id, id AS root FROM unnest($1::uuid[]) AS r(id)
  UNION ALL
  SELECT c.id, t.root FROM tree t JOIN customers c ON c.merged_into = t.id
)
SELECT t.root, l.id, l.customer_id, l.version, l.captured_at
  FROM tree t JOIN leads l ON l.customer_id = t.id AND l.status IN ('new', 'qualified')
 ORDER BY l.id FOR UPDATE OF l
