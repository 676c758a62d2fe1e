-- Says which partitions a process of the consumer $1 has. In order, so that two never wait for each other.
INSERT INTO partitions_held (consumer, source, shard, told_at)
SELECT $1, source, shard, clock_timestamp() FROM unnest($2::text[], $3::int[]) AS mine (source, shard) ORDER BY 2, 3
ON CONFLICT (consumer, source, shard) DO UPDATE SET told_at = excluded.told_at
