-- Customers whose pace is to be looked at, $1 of them; what another process holds is left to it.
SELECT customer_id, segment, last_contact_at, days, latest_days, paused, told_for
  FROM contact_cadence WHERE looks_at <= now() AND last_contact_at IS NOT NULL
 ORDER BY looks_at LIMIT $1 FOR UPDATE SKIP LOCKED
