-- $1 projections, $2 seconds after which a slice is overdue, $3 how many slices. A row per projection: when the slice of
-- its live build that waits longest was compared (0: never), how many are overdue, and in how many tables rows differed.
SELECT p.name, coalesce(CASE WHEN count(last.at) = $3::int THEN extract(epoch FROM min(last.at)) END, 0)::float8 AS verified_at,
       count(*) FILTER (WHERE coalesce(last.at, p.live_at) < now() - make_interval(secs => $2))::int AS overdue,
       (SELECT count(DISTINCT told.compared ->> 'table')
          FROM unnest(array_agg(last.id)) AS one(id) JOIN verifications v USING (id),
               json_array_elements(v.result) AS told(compared)
         WHERE NOT (told.compared ->> 'equal')::boolean)::int AS different
  FROM projections p
 CROSS JOIN generate_series(0, $3::int - 1) n
  LEFT JOIN LATERAL (SELECT v.id, v.finished_at AS at FROM verifications v
                      WHERE v.name = p.name AND coalesce(v.shard, n) = n AND v.state = 'done'
                        AND v.requested_at >= p.live_at
                      ORDER BY v.finished_at DESC LIMIT 1) last ON true
 WHERE p.name = ANY ($1) AND p.state = 'live'
 GROUP BY p.name, p.live_at
