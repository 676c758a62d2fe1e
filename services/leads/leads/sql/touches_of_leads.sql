SELECT stream_id AS lead_id, occurred_at, recorded_at, type, data
  FROM events
 WHERE stream_id = ANY($1::uuid[]) AND type IN ('lead.captured.v1', 'lead.touched.v1')
 ORDER BY occurred_at DESC, stream_id, version DESC
 LIMIT $2
