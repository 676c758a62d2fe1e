-- The next persons behind $1 and up to $2 (NULL: the last), $3 of them, of whom $4 to $7 may be so at $8: cards that count as
-- no other. Nothing is asked of deals ($9, $10).
SELECT DISTINCT subject_id AS place, subject_id AS customer_id, NULL::uuid AS deal_id
  FROM facts f WHERE subject = 'customer' AND name = 'since' AND ($1::uuid IS NULL OR subject_id > $1)
   AND ($2::uuid IS NULL OR subject_id <= $2)
   AND NOT EXISTS (SELECT FROM merged_cards m WHERE m.customer_id = f.subject_id AND m.into_customer_id IS NOT NULL)
   AND may_be(subject_id, $4, $5, $6, $7, $8) AND is_said(subject_id, $9, $10, $8)
 ORDER BY 1 LIMIT $3
