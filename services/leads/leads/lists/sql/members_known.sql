-- Those of these cards who are on a list, with the root that each counts as.
SELECT l.customer_id, root_of(l.customer_id) AS root
  FROM list_members l
 WHERE l.list_id = $1 AND l.customer_id = ANY($2::uuid[])
