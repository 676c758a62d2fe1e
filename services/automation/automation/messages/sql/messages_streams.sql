SELECT stream_id, type, data, occurred_at FROM events
 WHERE stream_id = ANY($1::uuid[]) AND type IN ('message.requested.v1', 'message.sent.v1', 'message.unconfirmed.v1')
