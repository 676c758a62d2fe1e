-- The next persons behind $1, $2 of them: cards that count as no other.
SELECT DISTINCT subject_id AS place, subject_id AS customer_id, NULL::uuid AS deal_id
  FROM facts f WHERE subject = 'customer' AND name = 'since' AND ($1::uuid IS NULL OR subject_id > $1)
   AND NOT EXISTS (SELECT FROM merged_cards m WHERE m.customer_id = f.subject_id AND m.into_customer_id IS NOT NULL)
 ORDER BY 1 LIMIT $2
