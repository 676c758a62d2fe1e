-- A page of quotes, newest first: of a deal ($1), of the cards of a customer ($2), in a state ($3). $4 are the directions the reader
-- sees (NULL: all): a quote has its deal's.
SELECT q.*, d.direction FROM quotes q JOIN deals d USING (deal_id)
 WHERE ($1::uuid IS NULL OR q.deal_id = $1) AND ($2::uuid[] IS NULL OR q.customer_id = ANY($2))
   AND ($3::text IS NULL OR q.state = $3)
   AND ($4::text[] IS NULL OR d.direction IS NULL OR d.direction = ANY($4))
   AND ($5::timestamptz IS NULL OR (q.made_at, q.quote_id) < ($5, $6::uuid))
 ORDER BY q.made_at DESC, q.quote_id DESC
 LIMIT $7
