INSERT INTO messages AS m (message_id, sent_at, attempts)
SELECT (data->>'message_id')::uuid, occurred_at, coalesce((data->>'attempts')::int, 1)
  FROM batch
ON CONFLICT (message_id) DO UPDATE
   SET sent_at = excluded.sent_at, attempts = excluded.attempts, updated_at = clock_timestamp()
