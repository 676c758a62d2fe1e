-- reads: members
-- Customers in segments, by the day on which they were registered.
SELECT (registered_at AT TIME ZONE :zone)::date AS day, direction, segment, count(*) AS customers
  FROM members GROUP BY 1, 2, 3
