UPDATE interactions SET version = $2, state = $3, at = $4, held = $5, result = $6, next_contact_at = $7,
       next_contact_kind = $8, duration_seconds = coalesce($9, duration_seconds),
       callback = CASE WHEN callback = 'due' AND $3 = 'concluded' THEN 'done' ELSE callback END,
       returned_by = CASE WHEN callback = 'due' AND $3 = 'concluded' THEN id ELSE returned_by END
 WHERE id = $1
