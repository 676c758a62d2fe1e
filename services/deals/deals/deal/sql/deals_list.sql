-- A page of deals, newest first. $1..$6 and $11..$13 filter, $7 are the directions the reader sees (NULL: all), $8 and $9
-- the last of the page before, $10 the size. A customer's deals are found first: read by time they stand far apart.
SELECT d.*, paid_of_deal(d.deal_id, d.currency) AS paid
  FROM deals d
 WHERE ($1::text IS NULL OR d.pipeline = $1) AND ($2::text IS NULL OR d.stage = $2)
   AND ($3::text IS NULL OR d.manager_id = $3)
   AND ($4::uuid IS NULL OR d.deal_id = ANY (deals_of_person($4)))
   AND ($5::uuid IS NULL OR d.lead_id = $5) AND ($6::text IS NULL OR d.state = $6)
   AND ($11::uuid IS NULL OR d.organisation_id = $11) AND ($12::text IS NULL OR d.deal_type = $12)
   AND ($13::text IS NULL OR d.tags @> ARRAY[$13])
   AND ($7::text[] IS NULL OR d.direction IS NULL OR d.direction = ANY($7))
   AND ($8::timestamptz IS NULL OR (d.opened_at, d.deal_id) < ($8, $9::uuid))
 ORDER BY d.opened_at DESC, d.deal_id DESC
 LIMIT $10
