-- $1 a time. In each shard, the position of the last event recorded before it, found by halving: a shard's events stand
-- in the order in which they were recorded.
WITH RECURSIVE search AS (
  SELECT s.shard::smallint AS shard, 0::bigint AS low, coalesce(h.position, 0) + 1 AS high
    FROM generate_series(0, 15) AS s(shard)
    LEFT JOIN LATERAL (SELECT e.position FROM events e WHERE e.shard = s.shard ORDER BY e.position DESC LIMIT 1) h ON true
  UNION ALL
  SELECT s.shard, CASE WHEN e.recorded_at < $1 THEN m.middle ELSE s.low END,
         CASE WHEN e.recorded_at < $1 THEN s.high ELSE m.middle END
    FROM search s CROSS JOIN LATERAL (SELECT (s.low + s.high) / 2 AS middle) m
    JOIN events e ON e.shard = s.shard AND e.position = m.middle
   WHERE s.high - s.low > 1
)
SELECT max(low) FROM search GROUP BY shard ORDER BY shard
