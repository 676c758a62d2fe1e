-- Who answers for each card ($1: roots): the root's own manager, else that of the first member by id who has one, else
-- the manager of the card's newest lead.
WITH RECURSIVE tree AS (
  SELECT id, id AS root FROM customers WHERE id = ANY($1::uuid[])
  UNION ALL
  SELECT c.id, t.root FROM tree t JOIN customers c ON c.merged_into = t.id
), said AS (
  SELECT DISTINCT ON (t.root) t.root, c.manager_id
    FROM tree t JOIN customers c USING (id) WHERE c.manager_id IS NOT NULL ORDER BY t.root, t.id <> t.root, t.id
), newest AS (
  SELECT DISTINCT ON (t.root) t.root, l.manager_id
    FROM managers_of_leads(ARRAY(SELECT id FROM tree WHERE root NOT IN (SELECT root FROM said))) l
    JOIN tree t ON t.id = l.customer_id
   ORDER BY t.root, l.captured_at DESC, l.lead_id DESC
)
SELECT root, manager_id FROM said UNION ALL SELECT root, manager_id FROM newest
