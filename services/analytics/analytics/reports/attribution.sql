-- reads: card_touches, roots, deals, receipts, spend
WITH brought AS MATERIALIZED (
  SELECT r.receipt_id, r.amount, r.currency, r.paid_at, d.person_id
    FROM receipts r JOIN deals d USING (deal_id) WHERE r.at >= :start AND r.at < :end
), cards AS (
  SELECT person_id, person_id AS customer_id FROM brought
  UNION
  SELECT b.person_id, r.customer_id FROM brought b JOIN roots r ON r.root_id = b.person_id
), paths AS (
  SELECT r.receipt_id, r.amount, r.currency, t.channel,
         row_number() OVER w AS nth, count(t.touch_id) OVER (PARTITION BY r.receipt_id) AS n,
         -- Of the last touch 1; what is a thousand half-lives older counts as that, which is nothing.
         power(0.5, least(1000, extract(epoch FROM max(t.touched_at) OVER (PARTITION BY r.receipt_id) - t.touched_at)
                                / 86400 / :half_life_days::float8)) AS decay
    FROM brought r
    LEFT JOIN (SELECT c.person_id, t.touch_id, t.touched_at, t.channel
                 FROM cards c JOIN card_touches t USING (customer_id)) t
      ON t.person_id = r.person_id AND t.touched_at <= r.paid_at
  WINDOW w AS (PARTITION BY r.receipt_id ORDER BY t.touched_at, t.touch_id)
), weights AS (
  SELECT receipt_id, amount, currency, channel, nth, n, m.model,
         CASE m.model
           WHEN 'first' THEN (nth = 1)::int
           WHEN 'last' THEN (nth = n)::int
           WHEN 'linear' THEN 1.0 / n
           WHEN 'position' THEN CASE WHEN n <= 2 THEN 1.0 / n WHEN nth IN (1, n) THEN 0.4 ELSE 0.2 / (n - 2) END
           ELSE decay / nullif(sum(decay) OVER (PARTITION BY receipt_id, m.model), 0)
         END AS weight
    FROM paths, unnest('{first,last,linear,position,time_decay}'::text[]) AS m(model)
   WHERE n > 0
), shares AS (
  SELECT receipt_id, amount, currency, channel, model, nth,
         CASE WHEN nth = n THEN amount
              ELSE round(amount * (sum(weight) OVER path)::numeric, 2) END AS until_here
    FROM weights
  WINDOW path AS (PARTITION BY receipt_id, model ORDER BY nth)
), credits AS (
  SELECT channel, currency, model,
         until_here - coalesce(lag(until_here) OVER (PARTITION BY receipt_id, model ORDER BY nth), 0) AS amount
    FROM shares
  UNION ALL
  SELECT NULL, currency, m.model, amount
    FROM paths, unnest('{first,last,linear,position,time_decay}'::text[]) AS m(model)
   WHERE n = 0
), money AS (
  SELECT channel, currency,
         sum(amount) FILTER (WHERE model = 'first') AS first, sum(amount) FILTER (WHERE model = 'last') AS last,
         sum(amount) FILTER (WHERE model = 'linear') AS linear, sum(amount) FILTER (WHERE model = 'position') AS position,
         sum(amount) FILTER (WHERE model = 'time_decay') AS time_decay,
             sum(amount) FILTER (WHERE model = :model) AS chosen,
         sum(amount) FILTER (WHERE model = 'cost') AS cost
    FROM (SELECT * FROM credits
          UNION ALL
          SELECT channel, currency, 'cost', amount FROM spend WHERE day >= :start AND day < :end) sums
   GROUP BY 1, 2
)
SELECT channel, currency, coalesce(first, 0) AS first, coalesce(last, 0) AS last, coalesce(linear, 0) AS linear,
       coalesce(position, 0) AS position, coalesce(time_decay, 0) AS time_decay, coalesce(cost, 0) AS cost,
       round(100 * (coalesce(chosen, 0) - cost) / nullif(cost, 0), 1) AS roi_percent
  FROM money
 ORDER BY currency, chosen DESC NULLS LAST, channel NULLS LAST
