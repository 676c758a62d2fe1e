-- The leads that these requests opened, as nobody has worked on them yet: nothing but requests stands in their streams.
SELECT t.touch_id, l.id, l.customer_id, l.direction, l.version, l.last_touch_at
  FROM unnest($1::uuid[]) AS g(touch_id)
  JOIN touches t ON t.touch_id = g.touch_id AND NOT t.is_repeat
  JOIN leads l ON l.id = t.lead_id AND l.status = 'new' AND l.manager_id IS NULL AND l.version = l.touches
 ORDER BY l.id FOR UPDATE OF l
