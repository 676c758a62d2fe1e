-- reads: roots
-- Segments of customers where one is asked for; who has none is casual. Of merged cards the one that is left counts.
SELECT DISTINCT ON (h.customer_id) h.customer_id AS person_id, h.segment
  FROM :schema.customer_segments h
 WHERE :segment IS NOT NULL AND :known(h) AND h.customer_id NOT IN (SELECT customer_id FROM roots)
 ORDER BY h.customer_id, h.version DESC
