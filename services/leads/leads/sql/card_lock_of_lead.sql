-- The lead's customer and the root of its card, in the order in which everybody locks cards.
SELECT FROM customers c, leads l
 WHERE l.id = $1 AND c.id IN (l.customer_id, root_of(l.customer_id)) ORDER BY c.id FOR UPDATE OF c
