INSERT INTO customers_in_hand AS c (customer_id)
SELECT DISTINCT (data->>'customer_id')::uuid AS id FROM batch
 WHERE data->>'customer_id' IS NOT NULL AND data->>'assignee' IS NOT NULL ORDER BY id
ON CONFLICT (customer_id) DO UPDATE SET customer_id = c.customer_id
