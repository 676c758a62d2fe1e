-- The leads of a card ($1: all its members) that are open, and the last ones closed, newest first.
SELECT id AS lead_id, status, direction, channel, source, campaign, temperature, category, reason, manager_id,
       captured_at, last_touch_at, touches
  FROM leads WHERE customer_id = ANY($1::uuid[]) AND ($2::text[] IS NULL OR direction IS NULL OR direction = ANY($2))
 ORDER BY status = 'disqualified', captured_at DESC, id DESC LIMIT $3
