, told AS (
  UPDATE messages m SET unsubscribed_at = b.occurred_at
    FROM batch b WHERE m.message_id = (b.data->>'message_id')::uuid
)
INSERT INTO consents (customer_id, purpose, channel, at, given)
SELECT (data->>'customer_id')::uuid, data->>'purpose', data->>'medium', occurred_at, false FROM batch
ON CONFLICT DO NOTHING
