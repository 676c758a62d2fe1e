-- Stores the names of these cards ($1, $2), and forgets those of cards that have none that is full ($3).
WITH gone AS (
  DELETE FROM name_indexes WHERE customer_id = ANY($3::uuid[])
)
INSERT INTO name_indexes AS n (customer_id, blind_index)
SELECT * FROM unnest($1::uuid[], in_form($2::text[]::uuid[])) AS g(customer_id, blind_index) ORDER BY g.customer_id
ON CONFLICT (customer_id) DO UPDATE SET blind_index = excluded.blind_index WHERE n.blind_index <> excluded.blind_index
