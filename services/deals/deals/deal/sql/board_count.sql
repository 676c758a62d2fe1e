-- Deals of a pipeline by stage and currency. $2 are the directions the reader sees (NULL: all).
SELECT stage, currency, count(*) AS deals, sum(amount) AS amount
  FROM deals
 WHERE pipeline = $1 AND ($2::text[] IS NULL OR direction IS NULL OR direction = ANY($2))
   AND ($3::text IS NULL OR manager_id = $3)
 GROUP BY stage, currency
 ORDER BY stage, currency
