-- The next persons behind $1, $2 of them: of cards that were merged the one by which they are written to.
SELECT customer_id FROM contacts c
 WHERE customer_id > $1 AND NOT erased
   AND (NOT (EXISTS (SELECT FROM merged_cards m WHERE m.customer_id = c.customer_id)
             OR EXISTS (SELECT FROM merged_cards m WHERE m.into_customer_id = c.customer_id))
        OR written_to(customer_id) = customer_id)
 ORDER BY customer_id LIMIT $2
