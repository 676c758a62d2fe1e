-- Of these deals those that are won here and have no work yet; one that came with its history from elsewhere has had it.
SELECT d.deal_id, d.customer_id, d.pipeline, d.deal_type, d.direction, d.manager_id
  FROM deals d
 WHERE d.deal_id = ANY($1::uuid[]) AND d.state = 'won'
   AND NOT EXISTS (SELECT FROM works w WHERE w.deal_id = d.deal_id)
   AND NOT EXISTS (SELECT FROM imported_deals i WHERE i.deal_id = d.deal_id)
 ORDER BY d.deal_id
