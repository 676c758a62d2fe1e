-- reads: messages
-- Messages asked for in the period.
SELECT *, (requested_at AT TIME ZONE :zone)::date AS day FROM messages WHERE requested_at >= :start AND requested_at < :end
