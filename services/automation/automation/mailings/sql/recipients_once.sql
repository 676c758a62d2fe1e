-- Recipients behind $2 who were merged since they were added: of a person one stays, the one by whom he is written to, or
-- who was written to already.
DELETE FROM mailing_recipients r
 USING merged_cards m
 WHERE r.mailing_id = $1 AND r.customer_id > $2 AND r.customer_id IN (m.customer_id, m.into_customer_id)
   AND EXISTS (
     SELECT FROM mailing_recipients o JOIN cards_of(r.customer_id) AS c(id) ON o.customer_id = c.id
      WHERE o.mailing_id = $1 AND o.customer_id <> r.customer_id
        AND (o.customer_id <= $2 OR (o.customer_id = written_to(r.customer_id)
             OR (r.customer_id <> written_to(r.customer_id) AND o.customer_id < r.customer_id))))
