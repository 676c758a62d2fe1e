INSERT INTO messages (message_id, customer_id, medium, template, cause, requested_at, purpose)
SELECT (data->>'message_id')::uuid, (data->>'customer_id')::uuid, data->>'medium', data->>'template', data->'cause',
       occurred_at, coalesce(data->>'purpose', 'service')
  FROM batch
ON CONFLICT (message_id) DO NOTHING
