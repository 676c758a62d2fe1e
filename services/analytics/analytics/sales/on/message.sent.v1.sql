WITH history AS (
  INSERT INTO message_changes (message_id, version, change, customer_id, medium, template, occurred_at, recorded_at)
  SELECT (data->>'message_id')::uuid, version, 'sent', (data->>'customer_id')::uuid, data->>'medium', data->>'template',
         occurred_at, recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO messages AS m (message_id, sent_at, attempts)
SELECT (data->>'message_id')::uuid, occurred_at, coalesce((data->>'attempts')::int, 1)
  FROM batch
ON CONFLICT (message_id) DO UPDATE
   SET sent_at = excluded.sent_at, attempts = excluded.attempts, updated_at = clock_timestamp()
