-- reads: leads
-- Deals that are looked at: those on leads captured on one of the days.
SELECT d.deal_id, d.lead_id, d.customer_id, d.pipeline, d.deal_type, d.direction, d.opened_at
  FROM :schema.deals d JOIN leads l USING (lead_id)
 WHERE d.opened_at <= :as_of AND d.recorded_at <= :known_at AND (l.captured_at AT TIME ZONE :zone)::date = ANY (:days)
