-- Every request by the card that it came to, whatever the filters.
SELECT t.touch_id, t.customer_id, t.touched_at, t.channel, t.campaign
  FROM :schema.touches t
  LEFT JOIN (SELECT DISTINCT ON (h.lead_id) h.lead_id, h.direction
               FROM :schema.lead_directions h WHERE :known(h) ORDER BY h.lead_id, h.version DESC) d USING (lead_id)
 WHERE t.touched_at <= :as_of AND t.recorded_at <= :known_at AND NOT t.is_test AND :seen(d.direction)
