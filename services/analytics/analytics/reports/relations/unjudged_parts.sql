-- reads: leads
-- Leads that nobody has judged yet, whenever they were captured, by who is responsible.
SELECT (captured_at AT TIME ZONE :zone)::date AS day, manager_id, direction, count(*) AS open_leads
  FROM leads WHERE is_open AND manager_id IS NOT NULL GROUP BY 1, 2, 3
