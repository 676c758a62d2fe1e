SELECT customer_id FROM mailing_recipients WHERE mailing_id = $1 AND customer_id > $2 ORDER BY customer_id LIMIT $3
