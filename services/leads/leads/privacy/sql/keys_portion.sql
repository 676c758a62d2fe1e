SELECT customer_id, wrapped_key FROM keyring WHERE customer_id > $1 ORDER BY customer_id LIMIT $2 FOR UPDATE
