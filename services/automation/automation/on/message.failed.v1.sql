UPDATE messages m SET state = 'failed', reason = b.data->>'reason', settled_at = b.occurred_at
  FROM batch b WHERE m.message_id = (b.data->>'message_id')::uuid
