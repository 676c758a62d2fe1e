-- reads: leads
-- Leads captured in the period, by the day.
SELECT lead_id, (captured_at AT TIME ZONE :zone)::date AS day, channel, direction, qualified_at IS NOT NULL AS is_qualified
  FROM leads WHERE captured_at >= :start AND captured_at < :end
