-- A page of offers, newest first. $1 is the state: an open one whose lead has a deal by now waits for nobody. $2 and $3
-- filter, $4 are the directions the reader sees (NULL: all), $5 and $6 the last of the page before, $7 the size.
SELECT o.* FROM deal_offers o
 WHERE ($1::text IS NULL OR o.state = $1 AND (o.state <> 'open' OR NOT EXISTS (
         SELECT FROM deals d WHERE d.lead_id = o.lead_id)))
   AND ($2::text IS NULL OR o.manager_id = $2) AND ($3::uuid IS NULL OR o.customer_id = ANY (ARRAY(SELECT cards_of($3))))
   AND ($4::text[] IS NULL OR o.direction IS NULL OR o.direction = ANY($4))
   AND ($5::timestamptz IS NULL OR (o.offered_at, o.offer_id) < ($5, $6::uuid))
 ORDER BY o.offered_at DESC, o.offer_id DESC
 LIMIT $7
