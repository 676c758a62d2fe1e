-- Participants of event $1, how many of them are new, and the leads they made, since its first day $2.
SELECT count(DISTINCT p.customer_id) AS participants,
       count(DISTINCT p.customer_id) FILTER (WHERE c.registered_at >= $2) AS new_customers,
       count(DISTINCT l.id) AS leads,
       count(DISTINCT l.id) FILTER (WHERE l.status = 'qualified') AS qualified
  FROM participants p JOIN customers c ON c.id = p.customer_id
  LEFT JOIN leads l ON l.customer_id = p.customer_id AND l.captured_at >= $2
 WHERE p.event_id = $1
