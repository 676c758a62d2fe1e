-- The cards of the trees below these roots.
WITH RECURSIVE tree AS (
  SELECT id, id AS root FROM customers WHERE id = ANY($1::uuid[])
  UNION ALL
  SELECT c.id, t.root FROM tree t JOIN customers c ON c.merged_into = t.id
)
SELECT root, id FROM tree ORDER BY root, id <> root, id
