-- Counts further deliveries of requests that are known; in the order of their ids, as every batch does it.
WITH given AS (
  SELECT * FROM unnest($1::uuid[], $2::integer[]) AS g(touch_id, deliveries)
), locked AS MATERIALIZED (
  SELECT t.touch_id FROM touches t WHERE t.touch_id = ANY($1) ORDER BY t.touch_id FOR UPDATE
)
UPDATE touches t SET deliveries = t.deliveries + g.deliveries
  FROM given g JOIN locked USING (touch_id) WHERE t.touch_id = g.touch_id
