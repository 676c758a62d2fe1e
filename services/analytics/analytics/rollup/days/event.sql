-- The days on which the marketing events that the notes concern began or were ever planned to: those themselves, and those in
-- which a card takes part that was ever merged.
cards AS (
  SELECT subject_id AS customer_id FROM notes WHERE subject = 'card'
  UNION
  SELECT l.other FROM cards c JOIN links l ON l.one = c.customer_id
), concerned AS (
  SELECT subject_id AS marketing_event_id FROM notes WHERE subject = 'event'
  UNION
  SELECT p.marketing_event_id FROM cards JOIN :schema.participant_moves p USING (customer_id)
)
SELECT DISTINCT (m.at AT TIME ZONE $1)::date AS day
  FROM concerned JOIN :schema.marketing_event_changes h USING (marketing_event_id)
 CROSS JOIN LATERAL (VALUES (h.held_from), (h.planned_from)) AS m (at)
 WHERE m.at IS NOT NULL
