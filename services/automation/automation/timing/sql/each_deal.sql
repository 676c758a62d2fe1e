-- The next deals behind $1 and up to $2 (NULL: the last), $3 of them, open or not, of whose customers $4 to $7 may be so at $8,
-- and of which $9 and $10 are.
SELECT d.subject_id AS place, h.customer_id, d.subject_id AS deal_id
  FROM facts d JOIN happenings h ON h.event_id = d.event_id
 WHERE d.subject = 'deal' AND d.name = 'since' AND ($1::uuid IS NULL OR d.subject_id > $1)
   AND ($2::uuid IS NULL OR d.subject_id <= $2)
   AND is_said(d.subject_id, $9, $10, $8) AND may_be(h.customer_id, $4, $5, $6, $7, $8)
 ORDER BY 1 LIMIT $3
