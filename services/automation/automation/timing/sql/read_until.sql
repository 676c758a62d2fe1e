-- Shards of which everything that stood in the log at $5 has been applied by the consumer $1: those whose ends (offsets of
-- the next records) its watermark has come to.
INSERT INTO read_until AS r (source, shard, until)
SELECT w.source, w.shard, $5
  FROM watermarks w JOIN unnest($2::text[], $3::integer[], $4::bigint[]) AS e(source, shard, log_end)
    ON (w.source, w.shard) = (e.source, e.shard)
 WHERE w.consumer = $1 AND (e.log_end = 0 OR w.kafka_offset >= e.log_end - 1)
 ORDER BY w.source, w.shard
ON CONFLICT (source, shard) DO UPDATE SET until = greatest(r.until, excluded.until)
