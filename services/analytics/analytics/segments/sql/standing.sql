-- How far the consumer $1 has applied the log $2, and until when it has applied all: NULL while that is not known.
SELECT string_agg(w.position::text, ' ' ORDER BY w.shard) AS positions,
       CASE WHEN count(*) = count(c.complete_until) THEN min(c.complete_until) END AS complete_until
  FROM watermarks w
  LEFT JOIN log_ends e ON (e.consumer, e.source, e.shard) = (w.consumer, w.source, w.shard)
 CROSS JOIN LATERAL (SELECT CASE WHEN e.next_offset <= coalesce(w.kafka_offset + 1, 0) THEN e.seen_at
                                 ELSE e.caught_up_at END AS complete_until) c
 WHERE w.consumer = $1 AND w.source = $2
