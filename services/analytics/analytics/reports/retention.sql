-- reads: deals, receipts
WITH bounds AS (
  SELECT least(:end, :moment) AS until
), bought AS (
  SELECT d.person_id, r.currency, r.amount, r.at FROM receipts r JOIN deals d USING (deal_id)
      WHERE r.amount > 0 AND r.at < :end
), per_person AS (
  SELECT person_id, min(at) AS first_at, max(at) AS last_at, max(at) FILTER (WHERE at < :start) AS before_at,
         min(at) FILTER (WHERE at >= :start) AS again_at
    FROM bought GROUP BY 1
), judged AS (
  SELECT person_id, CASE
           WHEN first_at >= :start THEN 'new'
           WHEN again_at > before_at + make_interval(days => :lost_after_days::int) THEN 'returned'
           WHEN again_at IS NOT NULL THEN 'retained'
           WHEN last_at >= until - make_interval(days => :lost_after_days::int) THEN 'waiting'
           WHEN last_at >= :start - make_interval(days => :lost_after_days::int) THEN 'lost'
           ELSE 'lost_before' END AS state
    FROM per_person, bounds
), sums AS (
  SELECT state, :money(amount) AS revenue
    FROM (SELECT j.state, b.currency, sum(b.amount) AS amount FROM judged j JOIN bought b USING (person_id)
           WHERE b.at >= :start OR j.state NOT IN ('new', 'returned', 'retained') GROUP BY 1, 2) m
   GROUP BY 1
)
SELECT state, count(*) AS customers, round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS share_percent,
       any_value(s.revenue) AS revenue
  FROM judged JOIN sums s USING (state)
 GROUP BY 1
 ORDER BY array_position('{new,retained,returned,waiting,lost,lost_before}', state)
