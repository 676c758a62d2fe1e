SELECT e.shard, e.position, e.stream_id, e.version, e.id, e.type, e.data, e.actor, e.correlation_id, e.causation_id,
       e.traceparent, e.occurred_at, e.recorded_at
  FROM invoices i JOIN events e ON e.stream_id = i.invoice_id AND e.version = 1
 WHERE i.deal_id = $1 AND i.cancelled_at IS NULL
