SELECT delivery_id FROM webhook_deliveries
 WHERE code = $1 AND state = 'failed' AND body IS NOT NULL AND created_at >= $2
   AND ($3::timestamptz IS NULL OR created_at < $3)
 ORDER BY created_at, delivery_id
 LIMIT $4
