-- What stands between a deal and the end of its work: what is still owed, and which of the documents named ($3) are not
-- there or are another customer's. $1 the deal, $2 the members of its customer's card.
SELECT d.currency,
       greatest(0, d.amount - paid_of_deal(d.deal_id, d.currency),
                (SELECT sum(i.due) FROM invoices i WHERE i.deal_id = d.deal_id AND i.currency = d.currency)) AS unpaid,
       ARRAY(SELECT named FROM unnest($3::uuid[]) AS named
              WHERE NOT EXISTS (SELECT FROM documents o
                                 WHERE o.document_id = named AND o.state IN ('generated', 'uploaded')
                                   AND o.customer_id = ANY($2::uuid[])
                                   AND (o.deal_id IS NULL OR o.deal_id = d.deal_id))) AS unfit
  FROM deals d
 WHERE d.deal_id = $1
