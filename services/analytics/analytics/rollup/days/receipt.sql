-- The days on which money was received or given back of the deals and payments that the notes concern. A request counts for what
-- was paid after it by everybody who was ever one person with who made it.
cards AS (
  SELECT customer_id, since
    FROM (SELECT t.customer_id, t.touched_at AS since
            FROM notes JOIN :schema.touches t ON t.lead_id = subject_id WHERE subject = 'lead'
          UNION
          SELECT subject_id, '-infinity' FROM notes WHERE subject = 'card') concerned
   WHERE customer_id IS NOT NULL
  UNION
  SELECT l.other, c.since FROM cards c JOIN links l ON l.one = c.customer_id
), deals_of AS (
  SELECT subject_id AS deal_id, '-infinity'::timestamptz AS since FROM notes WHERE subject IN ('deal', 'terms')
  UNION
  SELECT d.deal_id, '-infinity' FROM notes JOIN :schema.deals d ON d.lead_id = subject_id WHERE subject = 'lead'
  UNION
  SELECT d.deal_id, c.since FROM cards c JOIN :schema.deals d USING (customer_id)
), payments_of AS (
  SELECT subject_id AS payment_id, '-infinity'::timestamptz AS since FROM notes WHERE subject = 'payment'
  UNION
  SELECT m.payment_id, d.since FROM deals_of d JOIN :schema.payment_matches m USING (deal_id)
), happened AS (
  SELECT p.received_at AS at FROM payments_of o JOIN :schema.payments p USING (payment_id) WHERE p.received_at >= o.since
  UNION ALL
  SELECT h.occurred_at
    FROM payments_of o JOIN :schema.payments p USING (payment_id) JOIN :schema.payment_refunds h USING (payment_id)
   WHERE p.received_at >= o.since
)
SELECT DISTINCT (at AT TIME ZONE $1)::date AS day FROM happened WHERE at IS NOT NULL
