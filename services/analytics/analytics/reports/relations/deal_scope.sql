-- Deals that are looked at.
SELECT deal_id, lead_id, customer_id, pipeline, deal_type, direction, opened_at
  FROM :schema.deals WHERE opened_at <= :as_of AND recorded_at <= :known_at
