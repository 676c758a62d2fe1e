-- $1 the zone, $2 and $3 the notes: their subjects and ids. The days on which the cards that they concern were
-- registered, and all cards that were ever merged with those.
WITH RECURSIVE notes AS (
  SELECT * FROM unnest($2::text[], $3::uuid[]) AS n (subject, subject_id)
), links AS MATERIALIZED (
  SELECT customer_id AS one, into_customer_id AS other FROM :schema.customer_merges WHERE into_customer_id IS NOT NULL
  UNION
  SELECT into_customer_id, customer_id FROM :schema.customer_merges WHERE into_customer_id IS NOT NULL
), cards AS (
  SELECT customer_id
    FROM (SELECT subject_id AS customer_id FROM notes WHERE subject IN ('customer', 'card')
          UNION
          SELECT d.customer_id FROM notes JOIN :schema.deals d ON d.deal_id = subject_id WHERE subject = 'deal') concerned
  UNION
  SELECT l.other FROM cards c JOIN links l ON l.one = c.customer_id
)
SELECT DISTINCT (c.registered_at AT TIME ZONE $1)::date AS day
  FROM cards JOIN :schema.customers c USING (customer_id) WHERE c.registered_at IS NOT NULL
