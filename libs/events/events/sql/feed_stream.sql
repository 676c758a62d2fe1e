-- At most $3 events of the stream $1 after its version $2.
SELECT shard, position, id, stream_id, version, type, actor, occurred_at, recorded_at, correlation_id, causation_id,
       traceparent, data
  FROM events WHERE stream_id = $1 AND version > $2 ORDER BY version LIMIT $3
