SELECT r.delivery_id, d.message_id, r.state, r.reason, r.reported_at
  FROM delivery_reports r JOIN message_deliveries d USING (delivery_id)
 WHERE r.delivery_id = ANY($1::uuid[]) AND d.message_id IS NOT NULL
 ORDER BY r.reported_at, r.state
