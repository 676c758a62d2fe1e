-- What routing asks of these cards ($1, each with its tree): who answers for the customer, or the manager of his newest
-- lead; whether he is on the black list; his phones, sealed; and the custom fields of the card, where they are not personal.
WITH RECURSIVE given AS (
  SELECT id AS customer_id, root_of(id) AS root FROM unnest($1::uuid[]) AS g(id)
), tree AS (
  SELECT root AS id, root FROM (SELECT DISTINCT root FROM given) r
  UNION ALL
  SELECT c.id, t.root FROM tree t JOIN customers c ON c.merged_into = t.id
)
SELECT g.customer_id, c.phones,
       coalesce((SELECT b.listed FROM tree t JOIN black_list b ON b.customer_id = t.id
                  WHERE t.root = g.root ORDER BY b.decided_at DESC LIMIT 1), false) AS is_blacklisted,
       coalesce(c.manager_id, (
         SELECT l.manager_id FROM tree t JOIN leads l ON l.customer_id = t.id
          WHERE t.root = g.root AND l.manager_id IS NOT NULL
          ORDER BY l.captured_at DESC, l.id DESC LIMIT 1)) AS own_manager,
       coalesce((SELECT json_object_agg(v.field, v.value) FROM tree t JOIN card_values v ON v.card = t.id
                  WHERE t.root = g.root), '{}') AS fields
  FROM given g JOIN customers c ON c.id = g.root
