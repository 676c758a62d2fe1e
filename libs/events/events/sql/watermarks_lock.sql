-- The fence: whoever holds these rows is the only one who applies; a zombie waits here and then finds duplicates.
SELECT source, shard, position, kafka_offset
  FROM watermarks
 WHERE consumer = $1 AND (source, shard) IN (SELECT * FROM unnest($2::text[], $3::smallint[]))
 ORDER BY source, shard
   FOR UPDATE
