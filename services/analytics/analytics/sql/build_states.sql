-- $1 projection. A row per build and source; waiting is NULL until the ends of all shards' logs have been seen.
SELECT p.version, p.build, p.state, p.created_at, p.live_at, p.trouble, w.source,
       array_agg(w.position ORDER BY w.shard) AS positions,
       max(w.updated_at) FILTER (WHERE w.position > 0) AS applied_at,
       CASE WHEN count(*) = count(e.next_offset)
            THEN sum(greatest(e.next_offset - coalesce(w.kafka_offset + 1, 0), 0))::bigint END AS waiting,
       CASE WHEN count(*) = count(c.complete_until) THEN min(c.complete_until) END AS complete_until,
       (SELECT count(*) FROM quarantine q
         WHERE q.consumer = w.consumer AND q.source = w.source AND q.discarded_at IS NULL) AS quarantined
  FROM projections p
  LEFT JOIN watermarks w ON w.consumer = format('%s.v%s.b%s', p.name, p.version, p.build)
  LEFT JOIN log_ends e ON (e.consumer, e.source, e.shard) = (w.consumer, w.source, w.shard)
  CROSS JOIN LATERAL (SELECT CASE WHEN e.next_offset <= coalesce(w.kafka_offset + 1, 0) THEN e.seen_at
                                  ELSE e.caught_up_at END AS complete_until) c
 WHERE p.name = $1 AND p.state <> 'dropped'
 GROUP BY p.version, p.build, p.state, p.created_at, p.live_at, p.trouble, w.consumer, w.source
 ORDER BY p.version, p.build, w.source
