-- The next persons behind $1 and up to $2 (NULL: the last), $3 of them, of whom $4 to $7 may be so at $8: of cards that were
-- merged the one by which they are written to.
SELECT customer_id FROM contacts c
 WHERE customer_id > $1 AND ($2::uuid IS NULL OR customer_id <= $2) AND NOT erased
   AND may_be(customer_id, $4, $5, $6, $7, $8)
   AND (NOT (EXISTS (SELECT FROM merged_cards m WHERE m.customer_id = c.customer_id)
             OR EXISTS (SELECT FROM merged_cards m WHERE m.into_customer_id = c.customer_id))
        OR written_to(customer_id) = customer_id)
 ORDER BY customer_id LIMIT $3
