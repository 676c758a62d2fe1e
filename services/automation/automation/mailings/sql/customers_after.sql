SELECT customer_id FROM contacts WHERE customer_id > $1 AND NOT erased ORDER BY customer_id LIMIT $2
