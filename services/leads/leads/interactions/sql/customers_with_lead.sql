-- Customers with the open lead of their card (that of its root first, else the newest in its tree), and all its leads.
WITH RECURSIVE cards AS (
  SELECT id, direction, root_of(id) AS root FROM customers WHERE id = ANY($1::uuid[])
), tree AS (
  SELECT DISTINCT root AS id, root FROM cards
  UNION ALL
  SELECT c.id, t.root FROM tree t JOIN customers c ON c.merged_into = t.id
), theirs AS (
  SELECT t.root, l.* FROM tree t JOIN leads l ON l.customer_id = t.id
), open_leads AS (
  SELECT DISTINCT ON (root) root, id, manager_id, direction FROM theirs WHERE status IN ('new', 'qualified')
   ORDER BY root, customer_id <> root, captured_at DESC, id
)
SELECT c.id, coalesce(l.direction, c.direction) AS direction, l.id AS lead_id, l.manager_id,
       ARRAY(SELECT a.id FROM theirs a WHERE a.root = c.root) AS leads
  FROM cards c LEFT JOIN open_leads l ON l.root = c.root
