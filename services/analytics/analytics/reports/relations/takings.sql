-- reads: receipts
-- Money received with what is left of it: less its tax and the same part of what the deal's lines cost the firm. Empty
-- where that cost is not known in the currency of the money.
SELECT r.deal_id, r.at, r.amount, r.currency,
       CASE WHEN s.currency = r.currency THEN round(r.amount * (s.net - s.cost) / nullif(s.gross, 0), 2) END AS profit
  FROM receipts r
  LEFT JOIN (SELECT DISTINCT ON (h.deal_id) h.deal_id, h.currency, h.net, h.gross, h.cost
               FROM :schema.deal_totals h WHERE :known(h) ORDER BY h.deal_id, h.version DESC) s USING (deal_id)
