-- What went back, and of the rest why it stays.
UPDATE handover_items i
   SET stays_because = s.why, returned_at = CASE WHEN s.why IS NULL THEN $5::timestamptz END
  FROM unnest($3::uuid[], $4::text[]) AS s(subject_id, why)
 WHERE i.handover_id = $1 AND i.kind = $2 AND i.subject_id = s.subject_id
