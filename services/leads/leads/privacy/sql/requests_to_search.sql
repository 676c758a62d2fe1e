-- Stored requests after $1 that are no customer's, as of the erasure at $2: those that were understood name theirs.
SELECT id, channel, source, url, headers, body, coalesce(corrected_body, '') AS corrected_body
  FROM intake
 WHERE id > $1 AND received_at <= $2 AND erased_at IS NULL AND (state <> 'done' OR subject_ids IS NULL)
 ORDER BY id LIMIT $3
