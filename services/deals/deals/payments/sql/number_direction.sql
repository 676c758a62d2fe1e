-- The line of business of the deal ($1) or the invoice ($2) of this number.
SELECT direction FROM deals WHERE number = $1
UNION ALL
SELECT d.direction FROM invoices i JOIN deals d USING (deal_id) WHERE i.number = $2
