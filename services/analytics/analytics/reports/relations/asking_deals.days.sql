-- kept
-- reads: asking_cards, deals
-- All deals of the persons who asked on the days.
SELECT deal_id, person_id, is_won, is_lost, currency, amount, (opened_at AT TIME ZONE :zone)::date AS day
  FROM deals WHERE customer_id = ANY (ARRAY(SELECT customer_id FROM asking_cards))
