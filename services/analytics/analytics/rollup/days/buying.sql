-- All days on which the persons paid or got anything back that the notes concern, now or by a history that has changed since:
-- what is paid on one day tells another that it was paid again.
deals_of AS (
  SELECT subject_id AS deal_id FROM notes WHERE subject IN ('deal', 'terms')
  UNION
  SELECT m.deal_id FROM notes JOIN :schema.payment_matches m ON m.payment_id = subject_id WHERE subject = 'payment'
), cards AS (
  SELECT customer_id
    FROM (SELECT subject_id AS customer_id FROM notes WHERE subject IN ('card', 'customer', 'trait')
          UNION
          SELECT l.customer_id FROM notes JOIN :schema.leads l ON l.lead_id = subject_id WHERE subject = 'lead'
          UNION
          SELECT d.customer_id FROM deals_of JOIN :schema.deals d USING (deal_id)) concerned
  UNION
  SELECT l.other FROM cards c JOIN links l ON l.one = c.customer_id
), paid AS (
  SELECT subject_id AS payment_id FROM notes WHERE subject = 'payment'
  UNION
  SELECT m.payment_id
    FROM cards JOIN :schema.deals d USING (customer_id) JOIN :schema.payment_matches m ON m.deal_id = d.deal_id
), happened AS (
  SELECT p.received_at AS at FROM paid JOIN :schema.payments p USING (payment_id)
  UNION ALL
  SELECT h.occurred_at FROM paid JOIN :schema.payment_refunds h USING (payment_id)
)
SELECT DISTINCT (at AT TIME ZONE $1)::date AS day FROM happened WHERE at IS NOT NULL
