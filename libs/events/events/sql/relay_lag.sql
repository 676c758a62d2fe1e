-- How many events wait to be published, for how many seconds the oldest of them has waited, and how many shards are
-- being published again.
SELECT coalesce(sum(h.position - c.position), 0)::bigint AS events,
       coalesce(extract(epoch FROM clock_timestamp() - min(o.recorded_at)), 0)::float AS oldest,
       count(*) FILTER (WHERE c.position < c.published)::int AS refilling
  FROM relay_cursors c
  LEFT JOIN LATERAL (SELECT e.position FROM events e WHERE e.shard = c.shard ORDER BY e.position DESC LIMIT 1) h ON true
  LEFT JOIN LATERAL (SELECT e.recorded_at FROM events e WHERE e.shard = c.shard AND e.position = c.position + 1) o ON true
