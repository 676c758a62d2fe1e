SELECT (SELECT e.type FROM events e WHERE e.stream_id = $1 AND e.version = 1) AS effect,
       (SELECT e.data FROM events e WHERE e.stream_id = $2 AND e.version = 1) AS suppressed,
       t.due_at, t.last_error, a.request IS NOT NULL AS was_asked, a.outcome, a.code, a.reason
  FROM (SELECT 1) one LEFT JOIN tasks t ON t.id = $1 AND t.kind = 'firing'
                         LEFT JOIN asked a ON a.request_id = $1
