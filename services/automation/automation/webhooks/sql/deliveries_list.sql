SELECT delivery_id, event_id, type, customer_id, state, reason, sendings, created_at, settled_at
  FROM webhook_deliveries
 WHERE code = $1 AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR type = $3)
   AND ($4::timestamptz IS NULL OR (created_at, delivery_id) < ($4, $5::uuid))
 ORDER BY created_at DESC, delivery_id DESC
 LIMIT $6
