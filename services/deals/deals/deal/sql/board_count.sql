-- Deals of a pipeline by stage and currency. $2 are the directions the reader sees (NULL: all); $4 and $5 the stages that
-- have an expected stay, with its days: of their deals those are counted that have stayed longer as of $6.
SELECT d.stage, d.currency, count(*) AS deals, sum(d.amount) AS amount,
       count(*) FILTER (WHERE d.stage_since + make_interval(days => s.days) < $6) AS overdue
  FROM deals d LEFT JOIN unnest($4::text[], $5::int[]) AS s(stage, days) ON s.stage = d.stage
 WHERE d.pipeline = $1 AND ($2::text[] IS NULL OR d.direction IS NULL OR d.direction = ANY($2))
   AND ($3::text IS NULL OR d.manager_id = $3)
 GROUP BY d.stage, d.currency
 ORDER BY d.stage, d.currency
