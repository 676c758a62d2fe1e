-- The shards $1 are published again from their first event; how many events that is.
WITH before AS (SELECT shard, position FROM relay_cursors WHERE shard = ANY ($1::smallint[]) FOR UPDATE)
UPDATE relay_cursors c SET position = 0, kafka_offset = NULL FROM before b WHERE c.shard = b.shard
RETURNING c.shard, b.position AS events
