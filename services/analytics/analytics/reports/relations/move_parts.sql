-- reads: segment_moves, members
-- Changes of segments in the period, by the day. counted_from: that day, or that on which the customer was registered if
-- he was later; he is one of a period that ends after it.
SELECT (m.at AT TIME ZONE :zone)::date AS day, greatest((m.at AT TIME ZONE :zone)::date,
       (p.registered_at AT TIME ZONE :zone)::date) AS counted_from, p.direction, m.segment, m.previous_segment, m.reason,
       count(*) AS changes
  FROM segment_moves m JOIN members p USING (person_id) WHERE m.at >= :start AND m.at < :end
 GROUP BY 1, 2, 3, 4, 5, 6
