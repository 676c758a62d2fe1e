-- Rejected rows that have not been put right meanwhile, with their content.
SELECT r.line, r.reason, coalesce(r.content, convert_from(coalesce(q.corrected_body, q.body), 'UTF8')::json -> 'row', '{}') AS content
  FROM import_rejects r
  LEFT JOIN intake q ON q.id = r.request_id
 WHERE r.import_id = $1 AND (r.request_id IS NULL OR q.state = 'quarantined')
 ORDER BY r.line
