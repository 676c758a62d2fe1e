-- The next contacts that a manager is to hold: planned ones, and missed calls to be returned; locked, with who answers for
-- the customer. Of some customers only, if they are given.
SELECT i.id, i.version, i.customer_id, i.direction,
       (SELECT c.manager_id FROM customers c WHERE c.id = root_of(i.customer_id)) AS customers_manager
  FROM interactions i
 WHERE i.manager_id = $1 AND (i.callback = 'due' OR i.state = 'planned') AND ($2::uuid IS NULL OR i.id > $2)
   AND ($3::uuid[] IS NULL OR i.customer_id = ANY($3))
   AND ($4::text[] IS NULL OR i.direction IS NULL OR i.direction = ANY($4))
 ORDER BY i.id LIMIT $5 FOR UPDATE OF i
