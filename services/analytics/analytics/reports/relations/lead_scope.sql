-- Leads that are looked at.
SELECT lead_id, customer_id, captured_at, channel, campaign, is_returning, is_test
  FROM :schema.leads
 WHERE captured_at <= :as_of AND recorded_at <= :known_at
