-- The next customers behind $1, $2 of them.
SELECT DISTINCT subject_id AS place, subject_id AS customer_id, NULL::uuid AS deal_id
  FROM facts WHERE subject = 'customer' AND name = 'since' AND ($1::uuid IS NULL OR subject_id > $1)
 ORDER BY 1 LIMIT $2
