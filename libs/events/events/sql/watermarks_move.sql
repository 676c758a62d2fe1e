UPDATE watermarks w SET position = m.position, kafka_offset = m.kafka_offset, updated_at = clock_timestamp()
  FROM unnest($2::text[], $3::smallint[], $4::bigint[], $5::bigint[]) AS m(source, shard, position, kafka_offset)
 WHERE w.consumer = $1 AND w.source = m.source AND w.shard = m.shard
