DELETE FROM message_tries t USING batch b WHERE t.customer_id = (b.data->>'customer_id')::uuid
