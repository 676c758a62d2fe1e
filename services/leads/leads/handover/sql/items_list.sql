SELECT kind, subject_id, to_manager_id, explanation, steps, given_at, returned_at, stays_because FROM handover_items
 WHERE handover_id = $1 AND ($2::text IS NULL OR (kind, subject_id) > ($2, $3::uuid))
 ORDER BY kind, subject_id
 LIMIT $4
