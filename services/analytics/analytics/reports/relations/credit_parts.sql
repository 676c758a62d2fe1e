-- reads: paid, paid_touches
-- Money shared out over the touches of who paid, before he did, by each model: how much a touch and those before it have,
-- less what those before it have. What is left by rounding is the last touch's.
WITH steps AS (
  SELECT r.receipt_id, r.day, r.pipeline, r.direction, r.amount, r.currency, t.channel,
         row_number() OVER w AS nth, count(t.touch_id) OVER (PARTITION BY r.receipt_id) AS n,
         -- Of the last touch 1; what is a thousand half-lives older counts as that, which is nothing.
         power(0.5, least(1000, extract(epoch FROM max(t.touched_at) OVER (PARTITION BY r.receipt_id) - t.touched_at)
                                / 86400 / :half_life_days::float8)) AS decay
    FROM paid r LEFT JOIN paid_touches t ON t.person_id = r.person_id AND t.touched_at <= r.paid_at
  WINDOW w AS (PARTITION BY r.receipt_id ORDER BY t.touched_at, t.touch_id)
), sums AS (
  SELECT receipt_id, day, pipeline, direction, amount, currency, channel, nth, n, nth = n OR n = 0 AS is_last,
         sum(1.0::float8 / nullif(n, 0)) OVER path AS linear,
         sum(CASE WHEN n <= 2 THEN 1.0 / nullif(n, 0) WHEN nth IN (1, n) THEN 0.4 ELSE 0.2 / (n - 2) END::float8) OVER path
           AS position,
         sum(decay) OVER path / sum(decay) OVER (PARTITION BY receipt_id) AS time_decay
    FROM steps
  WINDOW path AS (PARTITION BY receipt_id ORDER BY nth)
), reached AS (
  SELECT receipt_id, day, pipeline, direction, amount, currency, channel, nth, is_last,
         CASE WHEN is_last THEN amount ELSE round(amount * linear::numeric, 2) END AS linear,
         CASE WHEN is_last THEN amount ELSE round(amount * position::numeric, 2) END AS position,
         CASE WHEN is_last THEN amount ELSE round(amount * time_decay::numeric, 2) END AS time_decay
    FROM sums
), credits AS (
  SELECT day, channel, pipeline, direction, currency, CASE WHEN nth = 1 THEN amount ELSE 0 END AS first,
         CASE WHEN is_last THEN amount ELSE 0 END AS last, linear - lag(linear, 1, 0) OVER path AS linear,
         position - lag(position, 1, 0) OVER path AS position, time_decay - lag(time_decay, 1, 0) OVER path AS time_decay
    FROM reached
  WINDOW path AS (PARTITION BY receipt_id ORDER BY nth)
)
SELECT day, channel, pipeline, direction, currency, sum(first) AS first, sum(last) AS last, sum(linear) AS linear,
       sum(position) AS position, sum(time_decay) AS time_decay
  FROM credits GROUP BY 1, 2, 3, 4, 5
