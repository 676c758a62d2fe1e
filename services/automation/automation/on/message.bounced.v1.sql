UPDATE messages m
   SET bounced_at = b.occurred_at, bounce_code = b.data->>'code',
       state = CASE m.state WHEN 'unconfirmed' THEN 'sent' ELSE m.state END
  FROM batch b WHERE m.message_id = (b.data->>'message_id')::uuid
