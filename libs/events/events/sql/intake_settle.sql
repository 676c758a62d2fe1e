UPDATE intake i SET state = s.state, reason = s.reason, settled_at = clock_timestamp(),
       subject_ids = CASE WHEN s.subject IS NULL THEN i.subject_ids ELSE ARRAY[s.subject] END
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[]) AS s(id, state, reason, subject)
 WHERE i.id = s.id
