-- All days on which the persons paid that the notes concern, now or by a history that has changed since: what is paid on one day
-- ends the pause since another.
deals_of AS (
  SELECT subject_id AS deal_id FROM notes WHERE subject = 'deal'
  UNION
  SELECT m.deal_id FROM notes JOIN :schema.payment_matches m ON m.payment_id = subject_id WHERE subject = 'payment'
), cards AS (
  SELECT customer_id
    FROM (SELECT subject_id AS customer_id FROM notes WHERE subject = 'card'
          UNION
          SELECT d.customer_id FROM deals_of JOIN :schema.deals d USING (deal_id)) concerned
  UNION
  SELECT l.other FROM cards c JOIN links l ON l.one = c.customer_id
), paid AS (
  SELECT subject_id AS payment_id FROM notes WHERE subject = 'payment'
  UNION
  SELECT m.payment_id
    FROM cards JOIN :schema.deals d USING (customer_id) JOIN :schema.payment_matches m ON m.deal_id = d.deal_id
)
SELECT DISTINCT (p.received_at AT TIME ZONE $1)::date AS day
  FROM paid JOIN :schema.payments p USING (payment_id) WHERE p.received_at IS NOT NULL
