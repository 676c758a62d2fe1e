-- The way on which a customer is in the sequence $2, by whichever of his cards; and the card by which he would enter.
SELECT written_to($1) AS customer_id,
       (SELECT e.enrolment_id FROM cards_of($1) AS c(id) JOIN enrolments e ON e.customer_id = c.id
         WHERE e.sequence = $2 AND e.state <> 'left' ORDER BY e.entered_at LIMIT 1) AS enrolment_id
