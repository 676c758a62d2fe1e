INSERT INTO message_links (message_id, place, customer_id, address) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
