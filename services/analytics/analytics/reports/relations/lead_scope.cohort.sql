-- Leads that are looked at: those captured in the period, and those with a repeat in it.
SELECT lead_id, customer_id, captured_at, channel, campaign, is_returning, is_test
  FROM :schema.leads
 WHERE captured_at <= :as_of AND recorded_at <= :known_at
   AND lead_id IN (SELECT lead_id FROM :schema.touches WHERE touched_at >= :start AND touched_at < :end
                   UNION SELECT lead_id FROM :schema.leads WHERE captured_at >= :start AND captured_at < :end)
