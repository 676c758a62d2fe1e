-- All days on which the persons asked that the notes concern: on which their leads were captured and their deals opened. What is
-- asked for on one day counts for the deals of another, and tells it that it was asked for again.
cards AS (
  SELECT customer_id
    FROM (SELECT subject_id AS customer_id FROM notes WHERE subject IN ('card', 'trait')
          UNION
          SELECT l.customer_id FROM notes JOIN :schema.leads l ON l.lead_id = subject_id WHERE subject IN ('lead', 'trait')
          UNION
          SELECT d.customer_id FROM notes JOIN :schema.deals d ON d.deal_id = subject_id WHERE subject IN ('deal', 'terms')
         ) concerned
  UNION
  SELECT l.other FROM cards c JOIN links l ON l.one = c.customer_id
), happened AS (
  SELECT l.captured_at AS at FROM cards JOIN :schema.leads l USING (customer_id)
  UNION ALL
  SELECT d.opened_at FROM cards JOIN :schema.deals d USING (customer_id)
)
SELECT DISTINCT (at AT TIME ZONE $1)::date AS day FROM happened WHERE at IS NOT NULL
