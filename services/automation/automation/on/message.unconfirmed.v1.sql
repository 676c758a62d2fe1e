-- What its provider reported is heard by another stream, and may have come before.
UPDATE messages m
   SET state = CASE WHEN m.delivered_at IS NULL AND m.bounced_at IS NULL THEN 'unconfirmed' ELSE 'sent' END,
       settled_at = b.occurred_at, medium = b.data->>'medium'
  FROM batch b WHERE m.message_id = (b.data->>'message_id')::uuid
