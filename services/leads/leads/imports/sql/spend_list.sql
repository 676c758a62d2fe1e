SELECT * FROM ad_spend
 WHERE ($1::date IS NULL OR day >= $1) AND ($2::date IS NULL OR day <= $2) AND ($3::text IS NULL OR channel = $3)
   AND ($4::text[] IS NULL OR direction IS NULL OR direction = ANY($4))
   AND ($5::date IS NULL OR (day, id) < ($5, $6::uuid))
 ORDER BY day DESC, id DESC LIMIT $7
