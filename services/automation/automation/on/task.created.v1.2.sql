, followed AS (
  SELECT DISTINCT (data->>'lead_id')::uuid AS lead_id FROM batch
   WHERE data ? 'lead_id' AND (data->>'follows_responsible')::boolean
)
INSERT INTO lead_responsible AS r (lead_id) SELECT lead_id FROM followed ORDER BY lead_id
ON CONFLICT (lead_id) DO UPDATE SET lead_id = r.lead_id
