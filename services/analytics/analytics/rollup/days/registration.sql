-- The days on which the cards that the notes concern were registered, and all cards that were ever merged with those.
cards AS (
  SELECT customer_id
    FROM (SELECT subject_id AS customer_id FROM notes WHERE subject IN ('customer', 'card')
          UNION
          SELECT d.customer_id FROM notes JOIN :schema.deals d ON d.deal_id = subject_id WHERE subject = 'deal') concerned
  UNION
  SELECT l.other FROM cards c JOIN links l ON l.one = c.customer_id
)
SELECT DISTINCT (c.registered_at AT TIME ZONE $1)::date AS day
  FROM cards JOIN :schema.customers c USING (customer_id) WHERE c.registered_at IS NOT NULL
