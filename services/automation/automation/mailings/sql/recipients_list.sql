SELECT r.customer_id, r.message_id, coalesce(m.state, 'waiting') AS state, m.reason
  FROM mailing_recipients r LEFT JOIN messages m ON m.message_id = r.message_id
 WHERE r.mailing_id = $1 AND r.customer_id > $2 AND ($3::text IS NULL OR coalesce(m.state, 'waiting') = $3)
   AND is_in_sight(NULL, NULL, r.customer_id, $5::text[])
 ORDER BY r.customer_id LIMIT $4
