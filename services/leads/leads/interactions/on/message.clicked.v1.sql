-- How often, and when first; a letter may be heard of in any order.
INSERT INTO letters AS l (message_id, customer_id, medium, clicked_at, clicks)
SELECT (data ->> 'message_id')::uuid, min(data ->> 'customer_id')::uuid, min(data ->> 'medium'), min(occurred_at), count(*)
  FROM batch GROUP BY 1 ORDER BY 1
ON CONFLICT (message_id) DO UPDATE SET clicked_at = least(l.clicked_at, excluded.clicked_at), clicks = l.clicks + excluded.clicks
