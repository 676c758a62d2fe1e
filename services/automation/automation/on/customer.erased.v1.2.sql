DELETE FROM consents c USING batch b WHERE c.customer_id = (b.data->>'customer_id')::uuid AND c.given
