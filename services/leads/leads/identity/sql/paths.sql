-- These cards and all between them and the roots of their trees, with what each was merged into.
WITH RECURSIVE path AS (
  SELECT id, merged_into FROM customers WHERE id = ANY($1::uuid[])
  UNION
  SELECT c.id, c.merged_into FROM path p JOIN customers c ON c.id = p.merged_into
)
SELECT id, merged_into FROM path
