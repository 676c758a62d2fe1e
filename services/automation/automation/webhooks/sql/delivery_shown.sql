SELECT delivery_id, event_id, type, customer_id, state, reason, sendings, created_at, settled_at
  FROM webhook_deliveries WHERE code = $1 AND delivery_id = $2
