SELECT id, customer_id, version FROM leads
 WHERE customer_id = ANY($1::uuid[]) AND status IN ('new', 'qualified') ORDER BY id FOR UPDATE
