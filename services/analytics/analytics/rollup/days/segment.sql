-- Of the persons that the notes concern, now or by a history that has changed since, the days on which they were registered,
-- came to other segments, and paid or got anything back.
cards AS (
  SELECT subject_id AS customer_id FROM notes WHERE subject IN ('customer', 'card', 'segment')
  UNION
  SELECT l.other FROM cards c JOIN links l ON l.one = c.customer_id
), deals_of AS (
  SELECT subject_id AS deal_id FROM notes WHERE subject = 'deal'
  UNION
  SELECT d.deal_id FROM cards JOIN :schema.deals d USING (customer_id)
), paid AS (
  SELECT subject_id AS payment_id FROM notes WHERE subject = 'payment'
  UNION
  SELECT m.payment_id FROM deals_of JOIN :schema.payment_matches m USING (deal_id)
), happened AS (
  SELECT c.registered_at AS at FROM cards JOIN :schema.customers c USING (customer_id)
  UNION ALL SELECT h.occurred_at FROM cards JOIN :schema.customer_segments h USING (customer_id)
  UNION ALL SELECT p.received_at FROM paid JOIN :schema.payments p USING (payment_id)
  UNION ALL SELECT h.occurred_at FROM paid JOIN :schema.payment_refunds h USING (payment_id)
)
SELECT DISTINCT (at AT TIME ZONE $1)::date AS day FROM happened WHERE at IS NOT NULL
