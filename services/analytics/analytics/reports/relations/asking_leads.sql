-- kept
-- reads: leads
-- Leads captured in the period, which counts as one day.
SELECT lead_id, person_id, category, (:start AT TIME ZONE :zone)::date AS day
  FROM leads WHERE captured_at >= :start AND captured_at < :end
