-- reads: takings, deals
-- Money received in the period and what is left of it, by who paid, who is responsible for the deal and what brought it.
SELECT (t.at AT TIME ZONE :zone)::date AS day, d.person_id, d.manager_id, d.channel, d.pipeline, d.direction, t.currency,
       sum(t.amount) AS amount, sum(t.profit) AS profit
  FROM takings t JOIN deals d USING (deal_id) WHERE t.at >= :start AND t.at < :end
 GROUP BY 1, 2, 3, 4, 5, 6, 7
