SELECT *, root_of(customer_id) AS card_id, is_blacklisted(customer_id) FROM leads WHERE id = $1
