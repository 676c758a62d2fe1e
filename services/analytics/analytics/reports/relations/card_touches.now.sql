-- Every request by the card that it came to, whatever the filters.
SELECT t.touch_id, t.customer_id, t.touched_at, t.channel, t.campaign
  FROM :schema.touches t LEFT JOIN :schema.leads l USING (lead_id)
 WHERE NOT t.is_test AND :seen(l.direction)
