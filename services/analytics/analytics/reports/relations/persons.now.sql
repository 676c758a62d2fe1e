-- reads: roots
-- Cards of persons that stand for themselves.
SELECT c.customer_id AS person_id, c.direction, c.registered_at, c.erased_at
  FROM :schema.customers c
 WHERE c.customer_id NOT IN (SELECT customer_id FROM roots) AND c.registered_at IS NOT NULL
   AND :seen(c.direction) AND :is(direction, c.direction)
