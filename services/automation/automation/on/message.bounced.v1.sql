UPDATE messages m SET bounced_at = b.occurred_at, bounce_code = b.data->>'code'
  FROM batch b WHERE m.message_id = (b.data->>'message_id')::uuid
