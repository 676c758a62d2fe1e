-- All that was heard of these streams, in order.
SELECT event_id, customer_id, stream_id, type, facts FROM heard WHERE stream_id = ANY($1::uuid[]) ORDER BY stream_id, version
