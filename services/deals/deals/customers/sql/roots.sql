-- The root of each of these cards; a card that is not known or was never merged is its own. Links come from different
-- streams in any order, so for a moment they may form a ring: then the least id of it stands for its root.
WITH RECURSIVE up AS (
  SELECT id, id AS card FROM unnest($1::uuid[]) AS g(id)
  UNION
  SELECT u.id, c.merged_into FROM up u JOIN customers c ON c.customer_id = u.card WHERE c.merged_into IS NOT NULL
)
SELECT DISTINCT ON (u.id) u.id, u.card AS root
  FROM up u LEFT JOIN customers c ON c.customer_id = u.card
 ORDER BY u.id, c.merged_into IS NOT NULL, u.card
