SELECT notification_id, text, urgent, customer_id, lead_id, deal_id, cause, at, read_at FROM staff_notifications
 WHERE recipient = $1 AND (NOT $2 OR read_at IS NULL)
   AND ($3::timestamptz IS NULL OR (at, notification_id) < ($3, $4::uuid))
 ORDER BY at DESC, notification_id DESC
 LIMIT $5
