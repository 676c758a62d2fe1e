WITH history AS (
  INSERT INTO message_changes (message_id, version, change, customer_id, medium, template, purpose, occurred_at,
                               recorded_at)
  SELECT (data->>'message_id')::uuid, version, 'requested', (data->>'customer_id')::uuid, data->>'medium',
         data->>'template', data->>'purpose', occurred_at, recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO messages AS m (message_id, customer_id, medium, template, rule, requested_at, recorded_at)
SELECT (data->>'message_id')::uuid, (data->>'customer_id')::uuid, data->>'medium', data->>'template',
       data#>>'{cause,rule}', occurred_at, recorded_at
  FROM batch
ON CONFLICT (message_id) DO UPDATE
   SET customer_id = excluded.customer_id, medium = excluded.medium, template = excluded.template, rule = excluded.rule,
       requested_at = excluded.requested_at, recorded_at = excluded.recorded_at, updated_at = clock_timestamp()
