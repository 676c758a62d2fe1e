-- reads: receipts
-- Money received with what is left of it: less its tax and the same part of what the deal's lines cost the firm. Empty
-- where that cost is not known in the currency of the money.
SELECT r.deal_id, r.at, r.amount, r.currency,
       CASE WHEN s.lines_currency = r.currency
            THEN round(r.amount * (s.lines_net - s.lines_cost) / nullif(s.lines_gross, 0), 2) END AS profit
  FROM receipts r
  LEFT JOIN :schema.deals s USING (deal_id)
