UPDATE messages m SET delivered_at = least(m.delivered_at, b.occurred_at)
  FROM batch b WHERE m.message_id = (b.data->>'message_id')::uuid
