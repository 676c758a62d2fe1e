-- reads: taking_parts, contacts, tasks
WITH brought AS (
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
), ranked AS (
  SELECT who, currency, amount, row_number() OVER w AS rank, count(*) OVER (PARTITION BY currency) AS n,
         sum(amount) OVER (PARTITION BY currency) AS total, sum(amount) OVER (w ROWS UNBOUNDED PRECEDING) AS until_here
    FROM brought WHERE who IS NOT NULL AND amount > 0
  WINDOW w AS (PARTITION BY currency ORDER BY amount DESC, who COLLATE "C")
), first_ones AS MATERIALIZED (
  SELECT * FROM ranked ORDER BY currency, rank LIMIT :most::int
)
SELECT rank, who AS id, currency, amount, round(100 * amount / total, 1) AS share_percent,
       round(100 * until_here / total, 1) AS cumulative_percent, round(100.0 * rank / n, 1) AS of_all_percent,
       100 * (until_here - amount) < :cut_percent::float8 * total AS is_vital
  FROM first_ones
 ORDER BY currency, rank
