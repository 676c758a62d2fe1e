-- reads: paid, paid_touches
-- Money shared out over the touches of who paid, before he did, by each model. What is left by rounding is the last touch's.
WITH steps AS (
  SELECT r.receipt_id, r.day, r.pipeline, r.direction, r.amount, r.currency, t.channel,
         row_number() OVER w AS nth, count(t.touch_id) OVER (PARTITION BY r.receipt_id) AS n,
         -- Of the last touch 1; what is a thousand half-lives older counts as that, which is nothing.
         power(0.5, least(1000, extract(epoch FROM max(t.touched_at) OVER (PARTITION BY r.receipt_id) - t.touched_at)
                                / 86400 / :half_life_days::float8)) AS decay
    FROM paid r LEFT JOIN paid_touches t ON t.person_id = r.person_id AND t.touched_at <= r.paid_at
  WINDOW w AS (PARTITION BY r.receipt_id ORDER BY t.touched_at, t.touch_id)
), weights AS (
  SELECT receipt_id, day, pipeline, direction, amount, currency, channel, nth, n, m.model,
         CASE m.model
           WHEN 'first' THEN (nth = 1)::int
           WHEN 'last' THEN (nth = n)::int
           WHEN 'linear' THEN 1.0 / n
           WHEN 'position' THEN CASE WHEN n <= 2 THEN 1.0 / n WHEN nth IN (1, n) THEN 0.4 ELSE 0.2 / (n - 2) END
           ELSE decay / nullif(sum(decay) OVER (PARTITION BY receipt_id, m.model), 0)
         END AS weight
    FROM steps, unnest('{first,last,linear,position,time_decay}'::text[]) AS m(model)
   WHERE n > 0
), shares AS (
  SELECT receipt_id, day, pipeline, direction, currency, channel, model, nth,
         CASE WHEN nth = n THEN amount
              ELSE round(amount * (sum(weight) OVER path)::numeric, 2) END AS until_here
    FROM weights
  WINDOW path AS (PARTITION BY receipt_id, model ORDER BY nth)
), credits AS (
  SELECT day, channel, pipeline, direction, currency, model,
         until_here - coalesce(lag(until_here) OVER (PARTITION BY receipt_id, model ORDER BY nth), 0) AS amount
    FROM shares
  UNION ALL
  SELECT day, NULL, pipeline, direction, currency, m.model, amount
    FROM steps, unnest('{first,last,linear,position,time_decay}'::text[]) AS m(model)
   WHERE n = 0
)
SELECT day, channel, pipeline, direction, currency,
       sum(amount) FILTER (WHERE model = 'first') AS first, sum(amount) FILTER (WHERE model = 'last') AS last,
       sum(amount) FILTER (WHERE model = 'linear') AS linear, sum(amount) FILTER (WHERE model = 'position') AS position,
       sum(amount) FILTER (WHERE model = 'time_decay') AS time_decay
  FROM credits GROUP BY 1, 2, 3, 4, 5
