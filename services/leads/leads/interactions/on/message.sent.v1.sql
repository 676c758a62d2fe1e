-- A letter went out. One statement may touch a row once.
INSERT INTO letters AS l (message_id, customer_id, medium, template, sent_at)
SELECT DISTINCT ON (1) (data ->> 'message_id')::uuid, (data ->> 'customer_id')::uuid, data ->> 'medium',
       data ->> 'template', occurred_at
  FROM batch ORDER BY 1, occurred_at
ON CONFLICT (message_id) DO UPDATE SET template = excluded.template, sent_at = excluded.sent_at
