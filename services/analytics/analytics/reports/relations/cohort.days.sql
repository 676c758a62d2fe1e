-- reads: leads
-- Leads captured on one of the days.
SELECT lead_id, (captured_at AT TIME ZONE :zone)::date AS day, channel, direction, qualified_at IS NOT NULL AS is_qualified
  FROM leads WHERE (captured_at AT TIME ZONE :zone)::date = ANY (:days)
