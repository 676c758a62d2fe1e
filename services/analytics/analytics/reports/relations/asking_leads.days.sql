-- kept
-- reads: asking_cards, leads
-- All leads of the persons who asked on the days.
SELECT lead_id, person_id, category, (captured_at AT TIME ZONE :zone)::date AS day
  FROM leads WHERE customer_id = ANY (ARRAY(SELECT customer_id FROM asking_cards))
