INSERT INTO webhook_customer_directions (customer_id, direction) SELECT * FROM unnest($1::uuid[], $2::text[])
ON CONFLICT DO NOTHING
