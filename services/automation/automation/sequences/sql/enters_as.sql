-- As whom a customer enters the sequence $2: by the card by which the person is written to; and whether another of his cards
-- is inside.
SELECT written_to($1) AS customer_id,
       EXISTS (SELECT FROM cards_of($1) AS c(id) JOIN enrolments e ON e.customer_id = c.id
                WHERE e.sequence = $2 AND e.state <> 'left' AND e.customer_id <> written_to($1)) AS is_inside
