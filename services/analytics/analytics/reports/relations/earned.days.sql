-- reads: spans, takings, deals
-- Money received on the days, as far as these are in the period, with who is responsible for the deal.
SELECT s.day, deal_id, d.manager_id, d.direction, t.currency, t.amount, t.profit
  FROM spans s JOIN takings t ON t.at >= s.starts_at AND t.at < s.ends_at JOIN deals d USING (deal_id)
 WHERE t.at >= :start AND t.at < :end AND d.manager_id IS NOT NULL
