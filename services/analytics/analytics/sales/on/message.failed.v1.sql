WITH history AS (
  INSERT INTO message_changes (message_id, version, change, customer_id, medium, template, reason, occurred_at,
                               recorded_at)
  SELECT (data->>'message_id')::uuid, version, 'failed', (data->>'customer_id')::uuid, data->>'medium',
         data->>'template', data->>'reason', occurred_at, recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO messages AS m (message_id, failed_at, failure_reason)
SELECT (data->>'message_id')::uuid, occurred_at, data->>'reason'
  FROM batch
ON CONFLICT (message_id) DO UPDATE
   SET failed_at = excluded.failed_at, failure_reason = excluded.failure_reason, updated_at = clock_timestamp()
