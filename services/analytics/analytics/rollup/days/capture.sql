-- The days whose parts the notes concern: that on which the lead was captured, and those of its requests.
concerned AS (
  SELECT subject_id AS lead_id FROM notes WHERE subject = 'lead'
  UNION
  SELECT d.lead_id FROM notes JOIN :schema.deals d ON d.deal_id = subject_id WHERE subject = 'deal'
  UNION
  SELECT d.lead_id
    FROM notes JOIN :schema.payment_matches m ON m.payment_id = subject_id JOIN :schema.deals d USING (deal_id)
   WHERE subject = 'payment'
)
SELECT (l.captured_at AT TIME ZONE $1)::date AS day FROM concerned JOIN :schema.leads l USING (lead_id)
 WHERE l.captured_at IS NOT NULL
UNION
SELECT (t.touched_at AT TIME ZONE $1)::date FROM concerned JOIN :schema.touches t USING (lead_id)
