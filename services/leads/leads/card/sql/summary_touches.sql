-- The last requests on these leads.
SELECT t.stream_id AS lead_id, t.occurred_at, t.type, t.data, l.customer_id
  FROM (SELECT stream_id, occurred_at, type, data, version FROM events
         WHERE stream_id = ANY($1::uuid[]) AND type IN ('lead.captured.v1', 'lead.touched.v1')) t
  JOIN leads l ON l.id = t.stream_id
 ORDER BY t.occurred_at DESC, t.stream_id, t.version DESC LIMIT $2
