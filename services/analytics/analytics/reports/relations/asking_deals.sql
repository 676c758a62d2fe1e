-- kept
-- reads: deals
-- Deals opened in the period, which counts as one day.
SELECT deal_id, person_id, is_won, is_lost, currency, amount, (:start AT TIME ZONE :zone)::date AS day
  FROM deals WHERE opened_at >= :start AND opened_at < :end
