-- Cards with the same name as one of these ($1), at most $2 for each.
SELECT n.customer_id, o.customer_id AS other_customer_id
  FROM name_indexes n
  CROSS JOIN LATERAL (
    SELECT customer_id FROM name_indexes
     WHERE blind_index = n.blind_index AND customer_id <> n.customer_id ORDER BY customer_id LIMIT $2) o
 WHERE n.customer_id = ANY($1::uuid[])
