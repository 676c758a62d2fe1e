SELECT *, root_of(customer_id) AS card_id FROM leads WHERE id = $1
