-- Consumers of the source $1 that stand beyond the positions $2 (one a shard) are set back to them.
UPDATE watermarks w SET position = p.position, kafka_offset = NULL
  FROM unnest($2::bigint[]) WITH ORDINALITY AS p(position, number)
 WHERE w.source = $1 AND w.shard = p.number - 1 AND w.position > p.position
RETURNING w.consumer, w.shard
