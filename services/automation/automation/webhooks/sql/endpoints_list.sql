-- Endpoints that are not removed; one ($1), or all (NULL).
SELECT e.code, e.version, e.state, e.reason, e.url, e.types, e.directions, e.personal, e.description, e.since,
       e.failing_since, e.last_success_at,
       (SELECT count(*)::int FROM webhook_deliveries d WHERE d.code = e.code AND d.state = 'pending') AS pending
  FROM webhook_endpoints e
 WHERE e.state <> 'removed' AND (e.code = $1 OR $1::text IS NULL)
 ORDER BY e.code
