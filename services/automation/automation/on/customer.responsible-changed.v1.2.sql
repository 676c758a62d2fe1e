INSERT INTO customers_in_hand AS c (customer_id) SELECT DISTINCT (data->>'customer_id')::uuid AS id FROM batch ORDER BY id
ON CONFLICT (customer_id) DO UPDATE SET customer_id = c.customer_id
