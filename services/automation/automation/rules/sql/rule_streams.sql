SELECT e.shard, e.position, e.stream_id, e.version, e.id, e.type, e.data, e.actor, e.correlation_id, e.causation_id,
       e.traceparent, e.occurred_at, e.recorded_at
  FROM rules r JOIN events e ON e.stream_id = r.stream_id
 ORDER BY r.rule, e.version
