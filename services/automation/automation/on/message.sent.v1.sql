UPDATE messages m
   SET state = 'sent', attempts = (b.data->>'attempts')::integer, settled_at = b.occurred_at, medium = b.data->>'medium'
  FROM batch b WHERE m.message_id = (b.data->>'message_id')::uuid
