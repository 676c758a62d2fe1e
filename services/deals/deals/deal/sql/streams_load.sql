-- The events of these streams, each in order.
SELECT shard, position, stream_id, version, id, type, data, actor, correlation_id, causation_id, traceparent,
       occurred_at, recorded_at
  FROM events WHERE stream_id = ANY($1::uuid[]) ORDER BY stream_id, version
