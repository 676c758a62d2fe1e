-- The one who gets an answer finds out whether the endpoint is back; the others wait so many seconds ($2).
UPDATE webhook_endpoints SET retry_at = now() + make_interval(secs => $2)
 WHERE code = $1 AND (retry_at IS NULL OR retry_at <= now())
RETURNING true
