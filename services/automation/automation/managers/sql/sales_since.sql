-- How the deals went that were closed since $1 and are closed still, by who was responsible when they were; amounts are those
-- of deals won in the currency $2.
SELECT r.manager_id, count(*) FILTER (WHERE d.state = 'won')::int AS won, count(*) FILTER (WHERE d.state = 'lost')::int AS lost,
       coalesce(sum((v.value->>'amount')::numeric) FILTER (WHERE d.state = 'won' AND v.value->>'currency' = $2), 0) AS amount
  FROM (
    SELECT DISTINCT ON (s.subject_id) s.subject_id, s.value #>> '{}' AS state, s.recorded_at, s.version
      FROM facts s
      JOIN facts a ON a.subject_id = s.subject_id AND a.name = 'stage_since' AND a.event_id = s.event_id
     WHERE s.name = 'state' AND s.value IN ('"won"', '"lost"') AND s.subject = 'deal' AND s.recorded_at >= $1
       AND (a.value #>> '{}')::timestamptz >= $1
     ORDER BY s.subject_id, s.recorded_at DESC, s.version DESC
  ) d
 CROSS JOIN LATERAL (
   SELECT f.value #>> '{}' AS manager_id FROM facts f
    WHERE f.subject_id = d.subject_id AND f.name = 'responsible'
      AND (f.recorded_at, f.version) <= (d.recorded_at, d.version)
    ORDER BY f.recorded_at DESC, f.version DESC LIMIT 1
 ) r
  LEFT JOIN LATERAL (
   SELECT f.value FROM facts f
    WHERE f.subject_id = d.subject_id AND f.name = 'value' ORDER BY f.recorded_at DESC, f.version DESC LIMIT 1
 ) v ON true
 WHERE r.manager_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM facts o
                    WHERE o.subject_id = d.subject_id AND o.name = 'state'
                      AND (o.recorded_at, o.version) > (d.recorded_at, d.version))
 GROUP BY r.manager_id
