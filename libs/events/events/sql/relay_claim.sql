-- Cursor rows with unpublished events, for this relay alone until the transaction ends.
SELECT c.shard, c.position, c.kafka_offset, c.published, log_is_compared() AS is_compared
  FROM relay_cursors c
 WHERE c.position < (SELECT e.position FROM events e WHERE e.shard = c.shard ORDER BY e.position DESC LIMIT 1)
 ORDER BY c.shard
   FOR UPDATE OF c SKIP LOCKED
