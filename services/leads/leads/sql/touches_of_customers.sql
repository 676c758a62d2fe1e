-- The requests of a card ($1: all its members) on leads that are seen ($2), newest first. While cards were merged, requests
-- may have come to a lead of another card; one that came to two leads, by a split, is shown on the later.
WITH lead AS (
  SELECT id, direction FROM leads WHERE customer_id = ANY($1::uuid[]) AND status IN ('new', 'qualified')
  UNION ALL
  SELECT id, direction FROM leads WHERE customer_id = ANY($1::uuid[]) AND status = 'disqualified'
  UNION ALL
  SELECT l.id, l.direction FROM touches t JOIN leads l ON l.id = t.lead_id
   WHERE t.customer_id = ANY($1::uuid[]) AND t.on_other_lead
), standing AS (
  SELECT DISTINCT id FROM lead WHERE $2::text[] IS NULL OR direction IS NULL OR direction = ANY($2)
), touch AS (
  SELECT DISTINCT ON (e.data#>>'{touch,touch_id}')
         e.stream_id AS lead_id, e.version, (e.data->>'customer_id')::uuid AS customer_id, e.occurred_at, e.recorded_at,
         e.type, e.data
    FROM standing s JOIN events e ON e.stream_id = s.id
   WHERE e.type IN ('lead.captured.v1', 'lead.touched.v1') AND (e.data->>'customer_id')::uuid = ANY($1)
   ORDER BY e.data#>>'{touch,touch_id}', e.recorded_at DESC
)
SELECT lead_id, customer_id, occurred_at, recorded_at, type, data FROM touch
 ORDER BY occurred_at DESC, lead_id, version DESC
 LIMIT $3
