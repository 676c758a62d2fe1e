-- reads: takings, deals
-- Money received in the period with who is responsible for the deal.
SELECT (t.at AT TIME ZONE :zone)::date AS day, deal_id, d.manager_id, d.direction, t.currency, t.amount, t.profit
  FROM takings t JOIN deals d USING (deal_id) WHERE t.at >= :start AND t.at < :end AND d.manager_id IS NOT NULL
