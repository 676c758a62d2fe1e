-- Open leads that a manager has of these customers.
SELECT customer_id, count(*)::int AS leads FROM leads
 WHERE customer_id = ANY($1::uuid[]) AND manager_id = $2 AND status IN ('new', 'qualified')
 GROUP BY customer_id
