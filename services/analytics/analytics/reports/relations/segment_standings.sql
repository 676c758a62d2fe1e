-- reads: roots
-- The segment that was last told of each customer. Of merged cards the one that is left counts.
SELECT DISTINCT ON (h.customer_id) h.customer_id AS person_id, h.segment
  FROM :schema.customer_segments h
 WHERE :known(h) AND h.customer_id NOT IN (SELECT customer_id FROM roots)
 ORDER BY h.customer_id, h.version DESC
