WITH history AS (
  INSERT INTO message_changes (message_id, version, change, customer_id, medium, template, occurred_at, recorded_at)
  SELECT (data->>'message_id')::uuid, version, 'unconfirmed', (data->>'customer_id')::uuid, data->>'medium',
         data->>'template', occurred_at, recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO messages AS m (message_id, unconfirmed_at)
SELECT (data->>'message_id')::uuid, occurred_at
  FROM batch
ON CONFLICT (message_id) DO UPDATE SET unconfirmed_at = excluded.unconfirmed_at, updated_at = clock_timestamp()
