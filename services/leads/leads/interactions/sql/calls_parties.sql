-- Whose phones (blind indexes $1) these are, and whom these commands ($2) are about, each with the open lead of the card:
-- that of its root first, else the newest in its tree.
WITH RECURSIVE found AS (
  SELECT blind_index AS found, customer_id, NULL::text AS manager_id, NULL::text AS direction
    FROM identities WHERE blind_index = ANY(in_form($1::uuid[]))
  UNION ALL
  SELECT id, customer_id, manager_id, direction FROM call_commands WHERE id = ANY($2::uuid[])
), cards AS (
  SELECT found, customer_id, manager_id, direction, root_of(customer_id) AS root FROM found
), tree AS (
  SELECT DISTINCT root AS id, root FROM cards
  UNION ALL
  SELECT c.id, t.root FROM tree t JOIN customers c ON c.merged_into = t.id
), open_leads AS (
  SELECT DISTINCT ON (t.root) t.root, l.id, l.manager_id, l.direction
    FROM tree t JOIN leads l ON l.customer_id = t.id AND l.status IN ('new', 'qualified')
   ORDER BY t.root, l.customer_id <> t.root, l.captured_at DESC, l.id
)
SELECT f.found, f.customer_id, l.id AS lead_id, coalesce(f.manager_id, l.manager_id) AS manager_id,
       coalesce(f.direction, l.direction, c.direction) AS direction
  FROM cards f JOIN customers c ON c.id = f.customer_id LEFT JOIN open_leads l ON l.root = f.root
