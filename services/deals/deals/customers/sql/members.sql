-- All cards of the trees below these roots.
WITH RECURSIVE down AS (
  SELECT root, root AS id FROM unnest($1::uuid[]) AS g(root)
  UNION
  SELECT d.root, c.customer_id FROM down d JOIN customers c ON c.merged_into = d.id
)
SELECT root, id FROM down ORDER BY root, id <> root, id
