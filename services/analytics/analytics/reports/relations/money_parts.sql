-- reads: cohort, deals, receipts
-- Money received on the deals of the cohort, less what was given back.
SELECT c.day, d.channel, c.direction, d.direction AS deal_direction, r.currency, sum(r.amount) AS amount
  FROM receipts r JOIN deals d USING (deal_id) JOIN cohort c USING (lead_id) GROUP BY 1, 2, 3, 4, 5
