UPDATE webhook_endpoints
   SET state = $2, reason = $3, version = version + 1, changed_at = clock_timestamp(),
       since = CASE WHEN $2 = 'enabled' THEN clock_timestamp() ELSE since END,
       failing_since = NULL, troubles = 0, retry_at = NULL
 WHERE code = $1
RETURNING version
