-- reads: taking_parts, contacts, tasks
WITH everybody AS (
  SELECT CASE :by WHEN 'customers' THEN person_id::text WHEN 'managers' THEN manager_id WHEN 'channels' THEN channel END AS who,
         currency, sum(CASE :measure WHEN 'revenue' THEN amount WHEN 'profit' THEN profit END) AS amount
    FROM taking_parts WHERE :measure IN ('revenue', 'profit') GROUP BY 1, 2
  UNION ALL
  SELECT who, NULL, count(*)
    FROM (SELECT CASE :by WHEN 'customers' THEN person_id::text WHEN 'managers' THEN manager_id END AS who,
        took_place_at AS at FROM contacts
          UNION ALL
          SELECT CASE :by WHEN 'customers' THEN person_id::text WHEN 'managers' THEN manager_id END,
              completed_at FROM tasks) work
   WHERE :measure = 'work' AND at >= :start AND at < :end GROUP BY 1
), brought AS MATERIALIZED (
  SELECT who, currency, amount FROM everybody WHERE who IS NOT NULL AND amount > 0
), whole AS (
  SELECT currency, count(*) AS n, sum(amount) AS total FROM brought GROUP BY 1
), first_ones AS (
  SELECT who, currency, amount FROM brought ORDER BY currency, amount DESC, who COLLATE "C" LIMIT :most::int
), ranked AS (
  SELECT who, currency, amount, row_number() OVER w AS rank, sum(amount) OVER (w ROWS UNBOUNDED PRECEDING) AS until_here
    FROM first_ones
  WINDOW w AS (PARTITION BY currency ORDER BY amount DESC, who COLLATE "C")
)
SELECT r.rank, r.who AS id, r.currency, r.amount, round(100 * r.amount / w.total, 1) AS share_percent,
       round(100 * r.until_here / w.total, 1) AS cumulative_percent, round(100.0 * r.rank / w.n, 1) AS of_all_percent,
       100 * (r.until_here - r.amount) < :cut_percent::float8 * w.total AS is_vital
  FROM ranked r JOIN whole w ON w.currency IS NOT DISTINCT FROM r.currency
 ORDER BY r.currency, r.rank
