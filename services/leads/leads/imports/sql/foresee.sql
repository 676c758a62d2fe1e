-- Which of these requests are known ($1), and whose are these blind indexes ($2), with a lead open or not.
SELECT touch_id AS id, NULL::uuid AS customer_id, NULL::boolean AS has_open_lead
  FROM touches WHERE touch_id = ANY($1::uuid[])
UNION ALL
SELECT i.blind_index, i.customer_id,
       EXISTS (SELECT FROM leads l WHERE l.customer_id = i.customer_id AND l.status IN ('new', 'qualified'))
  FROM identities i WHERE i.blind_index = ANY(in_form($2::text[]::uuid[]))
