-- How far the consumer $1 has applied each partition, and when somebody last said to have it (null: nobody did).
SELECT w.source, w.shard, w.kafka_offset, h.told_at
  FROM watermarks w LEFT JOIN partitions_held h USING (consumer, source, shard)
 WHERE w.consumer = $1
