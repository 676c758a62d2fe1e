-- The leads of a card ($1: all its members) that are seen ($2), newest first.
SELECT l.*, l.id AS lead_id, root_of(l.customer_id) AS card_id, is_blacklisted(l.customer_id)
  FROM (SELECT * FROM leads WHERE customer_id = ANY($1::uuid[]) AND status IN ('new', 'qualified')
        UNION ALL
        SELECT * FROM leads WHERE customer_id = ANY($1::uuid[]) AND status = 'disqualified') l
 WHERE $2::text[] IS NULL OR l.direction IS NULL OR l.direction = ANY($2)
 ORDER BY l.captured_at DESC, l.id DESC
