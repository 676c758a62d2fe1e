UPDATE relay_cursors c
   SET position = a.position, kafka_offset = a.kafka_offset, published = greatest(c.published, a.position)
  FROM unnest($1::smallint[], $2::bigint[], $3::bigint[]) AS a(shard, position, kafka_offset)
 WHERE c.shard = a.shard
