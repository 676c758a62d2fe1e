UPDATE webhook_deliveries SET state = 'pending', reason = NULL, settled_at = NULL, sendings = sendings + 1
 WHERE code = $1 AND delivery_id = ANY($2::uuid[]) AND state <> 'pending' AND body IS NOT NULL
RETURNING delivery_id, sendings
