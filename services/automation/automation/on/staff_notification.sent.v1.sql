INSERT INTO staff_notifications (recipient, notification_id, text, urgent, customer_id, lead_id, deal_id, cause, at)
SELECT r.recipient, (b.data->>'notification_id')::uuid, b.data->>'text', coalesce((b.data->>'urgent')::boolean, false),
       (b.data->>'customer_id')::uuid, (b.data->>'lead_id')::uuid, (b.data->>'deal_id')::uuid, b.data->'cause',
       b.occurred_at
  FROM batch b CROSS JOIN LATERAL jsonb_array_elements_text(b.data->'recipients') AS r(recipient)
ON CONFLICT DO NOTHING
