-- reads: leads
-- Leads captured in the period.
SELECT *, (captured_at AT TIME ZONE :zone)::date AS day FROM leads WHERE captured_at >= :start AND captured_at < :end
