INSERT INTO merged_cards AS m (customer_id, into_customer_id, version)
SELECT (data->>'customer_id')::uuid, NULL, max(version) FROM batch GROUP BY 1
ON CONFLICT (customer_id) DO UPDATE SET into_customer_id = NULL, version = excluded.version
 WHERE m.version < excluded.version
