-- reads: roots
-- Every request of a person, whatever the filters.
SELECT t.touch_id, coalesce(r.root_id, t.customer_id) AS person_id, t.touched_at, t.channel, t.campaign
  FROM :schema.touches t
  LEFT JOIN roots r USING (customer_id)
  LEFT JOIN (SELECT DISTINCT ON (h.lead_id) h.lead_id, h.direction
               FROM :schema.lead_directions h WHERE :known(h) ORDER BY h.lead_id, h.version DESC) d USING (lead_id)
 WHERE t.touched_at <= :as_of AND t.recorded_at <= :known_at AND NOT t.is_test AND :seen(d.direction)
