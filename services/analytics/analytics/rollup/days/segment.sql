-- $1 the zone, $2 and $3 the notes: their subjects and ids. Of the persons that they concern, now or by a history that has
-- changed since, the days on which they were registered, came to other segments, and paid or got anything back. A person is
-- all cards that were ever one.
WITH RECURSIVE notes AS (
  SELECT * FROM unnest($2::text[], $3::uuid[]) AS n (subject, subject_id)
), links AS MATERIALIZED (
  SELECT customer_id AS one, into_customer_id AS other FROM :schema.customer_merges WHERE into_customer_id IS NOT NULL
  UNION
  SELECT into_customer_id, customer_id FROM :schema.customer_merges WHERE into_customer_id IS NOT NULL
), cards AS (
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
