-- reads: touches
-- Requests of the days by their own day and channel.
SELECT (touched_at AT TIME ZONE :zone)::date AS day, channel, direction, count(*) AS touches,
       count(*) FILTER (WHERE NOT is_first) AS repeats
  FROM touches WHERE (touched_at AT TIME ZONE :zone)::date = ANY (:days) GROUP BY 1, 2, 3
