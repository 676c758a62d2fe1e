-- Segments ($2) of customers ($1) as analytics said in these versions ($3) of its streams: the highest counts. Erased
-- customers, whose key is gone, have none.
WITH said AS (
  SELECT DISTINCT ON (customer_id) * FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS g(customer_id, segment, version)
   ORDER BY customer_id, version DESC
), known AS MATERIALIZED (
  SELECT c.id FROM customers c WHERE c.id IN (SELECT s.customer_id FROM said s) ORDER BY c.id FOR NO KEY UPDATE
)
UPDATE customers c SET segment = s.segment, segment_version = s.version
  FROM said s
 WHERE c.id = s.customer_id AND c.id IN (SELECT k.id FROM known k)
   AND (c.segment_version >= s.version) IS NOT TRUE
   AND EXISTS (SELECT FROM keyring k WHERE k.customer_id = c.id)
