INSERT INTO messages (message_id, customer_id, medium, template, cause, requested_at)
SELECT (data->>'message_id')::uuid, (data->>'customer_id')::uuid, data->>'medium', data->>'template', data->'cause',
       occurred_at
  FROM batch
ON CONFLICT (message_id) DO NOTHING
