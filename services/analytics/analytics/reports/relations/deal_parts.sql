-- reads: cohort, deals
-- Deals of the cohort by where they stand.
SELECT c.day, d.channel, c.direction, d.direction AS deal_direction, d.stage_kind, count(*) AS deals
  FROM deals d JOIN cohort c USING (lead_id) GROUP BY 1, 2, 3, 4, 5
