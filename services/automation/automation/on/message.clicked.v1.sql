UPDATE messages m SET clicked_at = least(m.clicked_at, b.occurred_at)
  FROM batch b WHERE m.message_id = (b.data->>'message_id')::uuid AND NOT coalesce((b.data->>'by_machine')::boolean, false)
