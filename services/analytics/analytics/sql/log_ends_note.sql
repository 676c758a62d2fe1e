-- $1 consumer, $2 sources, $3 shards, $4 offsets of the next records: how far each log reaches, and whether all of it is applied.
INSERT INTO log_ends AS l (consumer, source, shard, next_offset, seen_at, caught_up_at)
SELECT $1, e.source, e.shard, e.next_offset, now(),
       CASE WHEN e.next_offset <= coalesce(w.kafka_offset + 1, 0) THEN now() END
  FROM unnest($2::text[], $3::smallint[], $4::bigint[]) AS e(source, shard, next_offset)
  JOIN watermarks w ON w.consumer = $1 AND (w.source, w.shard) = (e.source, e.shard)
 ORDER BY e.source, e.shard
ON CONFLICT (consumer, source, shard) DO UPDATE
   SET next_offset = excluded.next_offset, seen_at = excluded.seen_at,
       caught_up_at = coalesce(excluded.caught_up_at, l.caught_up_at)
