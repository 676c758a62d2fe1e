-- Lists whose customers were led into the sequence $1, the newest 100, and what came of those.
SELECT r.request_id, r.list_id, r.state, r.reason, r.customers, r.asked_at, r.asked_by,
       coalesce(e.entered, 0) AS entered, coalesce(e.refused, '{}') AS refused
  FROM (SELECT * FROM list_readings WHERE sequence = $1 ORDER BY asked_at DESC, request_id DESC LIMIT 100) r
  LEFT JOIN LATERAL (
    SELECT sum(n) FILTER (WHERE outcome = 'entered')::int AS entered,
           jsonb_object_agg(outcome, n) FILTER (WHERE outcome <> 'entered') AS refused
      FROM (SELECT outcome, count(*) AS n FROM list_entries
             WHERE request_id = r.request_id AND outcome IS NOT NULL GROUP BY outcome) o) e ON true
 ORDER BY r.asked_at DESC, r.request_id DESC
