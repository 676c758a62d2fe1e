-- reads: roots
-- Changes of segments. What was told of a card that was merged is of the one that is left.
SELECT coalesce(r.root_id, h.customer_id) AS person_id, h.segment, h.previous_segment, h.reason, h.occurred_at AS at
  FROM :schema.customer_segments h LEFT JOIN roots r ON r.customer_id = h.customer_id
 WHERE :known(h)
