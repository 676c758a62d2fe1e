UPDATE messages m SET opened_at = least(m.opened_at, b.occurred_at)
  FROM batch b WHERE m.message_id = (b.data->>'message_id')::uuid AND NOT coalesce((b.data->>'by_machine')::boolean, false)
