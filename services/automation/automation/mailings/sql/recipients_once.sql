-- Of the recipients $3 behind $2, whose cards were merged: of a person one stays, the one by whom he is written to, or who was
-- written to already.
DELETE FROM mailing_recipients r
 WHERE r.mailing_id = $1 AND r.customer_id = ANY($3::uuid[])
   AND EXISTS (
     SELECT FROM cards_of(r.customer_id) AS c(id) JOIN mailing_recipients o ON o.mailing_id = $1 AND o.customer_id = c.id
      WHERE o.customer_id <> r.customer_id
        AND (o.customer_id <= $2 OR (o.customer_id = written_to(r.customer_id)
             OR (r.customer_id <> written_to(r.customer_id) AND o.customer_id < r.customer_id))))
