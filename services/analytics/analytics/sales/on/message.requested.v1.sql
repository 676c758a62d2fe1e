INSERT INTO messages AS m (message_id, customer_id, medium, template, rule, requested_at)
SELECT (data->>'message_id')::uuid, (data->>'customer_id')::uuid, data->>'medium', data->>'template',
       data#>>'{cause,rule}', occurred_at
  FROM batch
ON CONFLICT (message_id) DO UPDATE
   SET customer_id = excluded.customer_id, medium = excluded.medium, template = excluded.template, rule = excluded.rule,
       requested_at = excluded.requested_at, updated_at = clock_timestamp()
