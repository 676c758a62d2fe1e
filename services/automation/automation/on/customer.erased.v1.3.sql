DELETE FROM message_links l USING batch b WHERE l.customer_id = (b.data->>'customer_id')::uuid
