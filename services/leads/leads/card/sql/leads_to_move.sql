-- The open leads of these customers, locked in the order of ids: all, or those of one manager, or of these ids.
SELECT id, customer_id, version, manager_id FROM leads
 WHERE customer_id = ANY($1::uuid[]) AND status IN ('new', 'qualified') AND ($2::text IS NULL OR manager_id = $2)
   AND ($3::text[] IS NULL OR direction IS NULL OR direction = ANY($3)) AND ($4::uuid[] IS NULL OR id = ANY($4))
 ORDER BY id FOR UPDATE
