UPDATE messages m SET replied_at = least(m.replied_at, b.occurred_at)
  FROM batch b WHERE m.message_id = (b.data->>'message_id')::uuid
