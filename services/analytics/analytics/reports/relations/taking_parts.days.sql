-- reads: spans, receipts, takings, deals
-- Money received on the days and what is left of it, by who paid, who is responsible for the deal and what brought it. Keys
-- are asked for as an array, of which the planner believes that it is short: so it looks up the deals of these alone.
WITH brought AS MATERIALIZED (
  SELECT r.deal_id
    FROM spans s
   CROSS JOIN LATERAL (SELECT DISTINCT deal_id FROM receipts
                        WHERE at >= greatest(s.starts_at, :start) AND at < least(s.ends_at, :end)) r
), taken AS MATERIALIZED (
  SELECT s.day, t.deal_id, t.currency, t.amount, t.profit
    FROM takings t JOIN spans s ON t.at >= s.starts_at AND t.at < s.ends_at
   WHERE t.deal_id = ANY (ARRAY(SELECT deal_id FROM brought)) AND t.at >= :start AND t.at < :end
)
SELECT t.day, d.person_id, d.manager_id, d.channel, d.pipeline, d.direction, t.currency, sum(t.amount) AS amount,
       sum(t.profit) AS profit
  FROM taken t JOIN deals d USING (deal_id)
 WHERE d.deal_id = ANY (ARRAY(SELECT deal_id FROM brought))
 GROUP BY 1, 2, 3, 4, 5, 6, 7
