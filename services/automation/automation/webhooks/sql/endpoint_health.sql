-- After a call: $2 it was answered well, $3 the endpoint is in trouble, $4 seconds of the first pause, $5 of the longest,
-- $6 days without a good answer after which it is given up. Nothing of one that is not enabled any more.
UPDATE webhook_endpoints
   SET failing_since = CASE WHEN $2 THEN NULL ELSE coalesce(failing_since, now()) END,
       last_success_at = CASE WHEN $2 THEN now() ELSE last_success_at END,
       troubles = CASE WHEN $3 THEN troubles + 1 ELSE 0 END,
       retry_at = CASE WHEN $3 THEN now() + make_interval(secs => least($4::float * 2 ^ least(troubles, 20), $5::float)) END
 WHERE code = $1 AND state = 'enabled'
RETURNING NOT $2 AND failing_since < now() - make_interval(days => $6) AS is_failing
