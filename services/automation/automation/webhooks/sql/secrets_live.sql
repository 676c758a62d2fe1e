SELECT code, number, sealed FROM webhook_secrets
 WHERE code = $1 AND (expires_at IS NULL OR expires_at > now()) ORDER BY number DESC
