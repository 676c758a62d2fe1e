, told AS (
  SELECT (data->>'delivery_id')::uuid AS delivery_id, min(data->>'message_id')::uuid AS message_id FROM batch GROUP BY 1
)
INSERT INTO message_deliveries AS d (delivery_id, message_id)
SELECT delivery_id, message_id FROM told ORDER BY 1
ON CONFLICT (delivery_id) DO UPDATE SET message_id = coalesce(d.message_id, excluded.message_id)
