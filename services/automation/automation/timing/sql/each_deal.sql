-- The next deals behind $1, $2 of them, open or not.
SELECT d.subject_id AS place, h.customer_id, d.subject_id AS deal_id
  FROM facts d JOIN happenings h ON h.event_id = d.event_id
 WHERE d.subject = 'deal' AND d.name = 'since' AND ($1::uuid IS NULL OR d.subject_id > $1)
 ORDER BY 1 LIMIT $2
