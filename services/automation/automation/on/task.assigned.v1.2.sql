INSERT INTO customers_in_hand AS c (customer_id)
SELECT DISTINCT t.customer_id FROM batch b JOIN manager_tasks t ON t.task_id = (b.data->>'task_id')::uuid
 WHERE t.customer_id IS NOT NULL ORDER BY t.customer_id
ON CONFLICT (customer_id) DO UPDATE SET customer_id = c.customer_id
