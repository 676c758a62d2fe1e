-- reads: spans, takings, deals
-- Money received on the days and what is left of it, by who paid, who is responsible for the deal and what brought it.
SELECT s.day, d.person_id, d.manager_id, d.channel, d.pipeline, d.direction, t.currency, sum(t.amount) AS amount,
       sum(t.profit) AS profit
  FROM spans s JOIN takings t ON t.at >= s.starts_at AND t.at < s.ends_at JOIN deals d USING (deal_id)
 WHERE t.at >= :start AND t.at < :end
 GROUP BY 1, 2, 3, 4, 5, 6, 7
