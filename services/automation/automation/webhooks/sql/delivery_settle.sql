UPDATE webhook_deliveries SET state = $2, reason = $3, settled_at = now()
 WHERE delivery_id = $1 AND state = 'pending'
RETURNING true
