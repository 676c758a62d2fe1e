-- The ways of these customers, by whichever of their cards they entered; heard: of which of these customers.
SELECT DISTINCT ON (e.enrolment_id) e.enrolment_id, heard.id AS customer_id
  FROM unnest($1::uuid[]) AS heard(id)
 CROSS JOIN LATERAL cards_of(heard.id) AS card(id)
  JOIN enrolments e ON e.customer_id = card.id AND e.state <> 'left'
 ORDER BY e.enrolment_id
