-- reads: roots
-- Cards of persons that stand for themselves. Who was erased later had not been yet.
SELECT c.customer_id AS person_id, c.direction, c.registered_at, CASE WHEN c.erased_at <= :as_of THEN c.erased_at END AS erased_at
  FROM :schema.customers c LEFT JOIN roots r USING (customer_id)
 WHERE r.root_id IS NULL AND c.registered_at <= :as_of AND c.recorded_at <= :known_at AND :seen(c.direction)
     AND :is(direction, c.direction)
