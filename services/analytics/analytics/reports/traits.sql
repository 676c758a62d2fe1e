-- reads: deals, receipts, leads, persons, person_traits
WITH bought AS (
  SELECT d.person_id, sum(r.amount) AS revenue
    FROM receipts r JOIN deals d USING (deal_id)
   WHERE r.at >= :start AND r.at < :end AND r.currency = :currency GROUP BY 1 HAVING sum(r.amount) > 0
), ranked AS (
  SELECT person_id, revenue, row_number() OVER (ORDER BY revenue DESC,
      person_id) <= ceil(count(*) OVER () * :best_percent::float8 / 100) AS is_best
    FROM bought
), traits AS (
  SELECT DISTINCT person_id, 'channel' AS trait, channel AS value
    FROM (SELECT DISTINCT ON (person_id) person_id, channel FROM leads ORDER BY person_id, captured_at, lead_id) f
  UNION SELECT DISTINCT person_id, 'campaign', campaign FROM leads WHERE campaign IS NOT NULL
  UNION SELECT DISTINCT person_id, 'category', category FROM leads WHERE category IS NOT NULL
  UNION SELECT DISTINCT person_id, 'temperature', temperature FROM leads WHERE temperature IS NOT NULL
  UNION SELECT DISTINCT person_id, 'pipeline', pipeline FROM deals
  UNION SELECT DISTINCT person_id, 'deal_type', deal_type FROM deals
  UNION SELECT DISTINCT person_id, 'direction', direction FROM persons WHERE direction IS NOT NULL
  UNION SELECT DISTINCT person_id, trait, value FROM person_traits
)
SELECT trait, value, count(*) AS customers, count(*) FILTER (WHERE is_best) AS best,
       round(100.0 * count(*) / (SELECT count(*) FROM ranked), 1) AS share_percent,
       round(100.0 * count(*) FILTER (WHERE is_best) / (SELECT count(*) FROM ranked WHERE is_best),
           1) AS best_share_percent,
       round((1.0 * count(*) FILTER (WHERE is_best) / (SELECT count(*) FROM ranked WHERE is_best))
             / (1.0 * count(*) / (SELECT count(*) FROM ranked)), 2) AS lift,
       sum(revenue) AS revenue, :currency AS currency
  FROM ranked JOIN traits USING (person_id)
 GROUP BY 1, 2
 ORDER BY trait, best DESC, customers DESC, value
