-- reads: roots
-- Cards of persons that stand for themselves. Who was erased later had not been yet.
SELECT c.customer_id AS person_id, c.direction, c.registered_at,
       (SELECT min(h.occurred_at) FROM :schema.customer_erasures h
         WHERE h.customer_id = c.customer_id AND :known(h)) AS erased_at
  FROM :schema.customers c LEFT JOIN roots r USING (customer_id)
 WHERE r.root_id IS NULL AND c.registered_at <= :as_of AND c.recorded_at <= :known_at AND :seen(c.direction)
     AND :is(direction, c.direction)
