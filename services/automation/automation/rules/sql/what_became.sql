-- What became of the effect $1, or in $2 of its being withheld; asked_at: when it was decided, before anything followed from it.
SELECT e.type AS effect, s.data AS suppressed, t.due_at, t.last_error,
       coalesce(e.recorded_at - interval '1 microsecond', s.recorded_at - interval '1 microsecond', now()) AS asked_at,
       a.request IS NOT NULL AS was_asked, a.outcome, a.code, a.reason
  FROM (SELECT 1) one
  LEFT JOIN events e ON e.stream_id = $1 AND e.version = 1
  LEFT JOIN events s ON s.stream_id = $2 AND s.version = 1
  LEFT JOIN tasks t ON t.id = $1 AND t.kind = 'firing'
  LEFT JOIN asked a ON a.request_id = $1
