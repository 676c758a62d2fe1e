-- Customers with their open lead, and the ids of all their leads.
SELECT c.id, coalesce(l.direction, c.direction) AS direction, l.id AS lead_id, l.manager_id,
       ARRAY(SELECT a.id FROM leads a WHERE a.customer_id = c.id) AS leads
  FROM customers c LEFT JOIN leads l ON l.customer_id = c.id AND l.status IN ('new', 'qualified')
 WHERE c.id = ANY($1::uuid[])
