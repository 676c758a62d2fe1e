-- A page of histories that wait for a person, newest first. $1 rule, $2 are the directions the reader sees (NULL: all),
-- $3 and $4 the last of the page before, $5 the size.
SELECT deal_id, report_id, lead_id, customer_id, provider, source, provider_id, direction, code, why, refused_at
  FROM refused_histories
 WHERE NOT settled AND ($1::text IS NULL OR code = $1)
   AND ($2::text[] IS NULL OR direction IS NULL OR direction = ANY($2))
   AND ($3::timestamptz IS NULL OR (refused_at, deal_id) < ($3, $4::uuid))
 ORDER BY refused_at DESC, deal_id DESC
 LIMIT $5
