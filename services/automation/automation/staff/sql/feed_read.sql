-- What $1 has read: one ($2), or all that came until $3.
UPDATE staff_notifications SET read_at = now()
 WHERE recipient = $1 AND read_at IS NULL AND (notification_id = $2 OR at <= $3)
