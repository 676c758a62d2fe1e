-- The days on which the deals that the notes concern were opened, were ever expected to be concluded, and were ever won.
concerned AS (
  SELECT subject_id AS deal_id FROM notes WHERE subject IN ('deal', 'terms')
)
SELECT (d.opened_at AT TIME ZONE $1)::date AS day
  FROM concerned JOIN :schema.deals d USING (deal_id) WHERE d.opened_at IS NOT NULL
UNION
SELECT h.expected_date
  FROM concerned JOIN :schema.deal_close_expectations h USING (deal_id) WHERE h.expected_date IS NOT NULL
UNION
SELECT (h.occurred_at AT TIME ZONE $1)::date
  FROM concerned JOIN :schema.deal_stage_changes h USING (deal_id) WHERE h.kind = 'won'
