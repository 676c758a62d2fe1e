INSERT INTO message_deliveries AS d (delivery_id, message_id)
SELECT (data->>'delivery_id')::uuid, (data->>'message_id')::uuid FROM batch WHERE data ? 'delivery_id' ORDER BY 1
ON CONFLICT (delivery_id) DO UPDATE SET message_id = coalesce(d.message_id, excluded.message_id)
