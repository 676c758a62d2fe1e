UPDATE messages m
   SET delivered_at = least(m.delivered_at, b.occurred_at),
       state = CASE m.state WHEN 'unconfirmed' THEN 'sent' ELSE m.state END
  FROM batch b WHERE m.message_id = (b.data->>'message_id')::uuid
