-- Recipients behind $2 whose cards were merged with others.
SELECT customer_id FROM mailing_recipients r
 WHERE mailing_id = $1 AND customer_id > $2
   AND (EXISTS (SELECT FROM merged_cards m WHERE m.customer_id = r.customer_id)
        OR EXISTS (SELECT FROM merged_cards m WHERE m.into_customer_id = r.customer_id))
