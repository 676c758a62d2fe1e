-- What else there is about the ids $1: requests as they came (never their bodies), work that waits, events put aside.
SELECT 'request' AS what, i.id::text AS id, concat(i.channel, '/', i.source) AS name, i.state, i.reason,
       i.received_at AS since, i.settled_at AS until, NULL::uuid AS caused_by
  FROM intake i WHERE i.id = ANY ($1::uuid[])
UNION ALL
SELECT 'task', t.id::text, t.kind, CASE WHEN t.failed_at IS NULL THEN 'waits' ELSE 'failed' END, t.last_error,
       t.created_at, coalesce(t.failed_at, t.due_at), t.causation_id
  FROM tasks t WHERE t.id = ANY ($1) OR t.correlation_id = ANY ($1) OR t.causation_id = ANY ($1)
UNION ALL
SELECT 'quarantined', concat_ws(':', q.consumer, q.source, q.shard, q.position), q.type,
       CASE WHEN q.discarded_at IS NULL THEN 'waits' ELSE 'discarded' END, q.error, q.quarantined_at, q.discarded_at, NULL
  FROM quarantine q WHERE q.stream_id = ANY ($1) OR q.headers->>'ce_correlationid' = ANY ($1::text[])
 ORDER BY since LIMIT 500
