-- $1 projections, $2 seconds between two slices, $3 how many slices. Asks for the slice whose turn it is, once the live
-- build or its last comparison is old enough.
INSERT INTO verifications (id, name, shard, requested_by)
SELECT gen_random_uuid(), p.name, next.shard, 'schedule'
  FROM projections p
 CROSS JOIN LATERAL (
       SELECT n AS shard
         FROM generate_series(0, $3::int - 1) n
        ORDER BY (SELECT max(v.requested_at) FROM verifications v
                   WHERE v.name = p.name AND coalesce(v.shard, n) = n AND v.requested_at >= p.live_at) NULLS FIRST, n
        LIMIT 1) next
 WHERE p.name = ANY ($1) AND p.state = 'live' AND p.live_at < now() - make_interval(secs => $2)
   AND NOT EXISTS (SELECT FROM verifications v
                    WHERE v.name = p.name
                      AND (v.state = 'running' OR v.requested_at > now() - make_interval(secs => $2)))
ON CONFLICT DO NOTHING
