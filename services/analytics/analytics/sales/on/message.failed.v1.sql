INSERT INTO messages AS m (message_id, failed_at, failure_reason)
SELECT (data->>'message_id')::uuid, occurred_at, data->>'reason'
  FROM batch
ON CONFLICT (message_id) DO UPDATE
   SET failed_at = excluded.failed_at, failure_reason = excluded.failure_reason, updated_at = clock_timestamp()
