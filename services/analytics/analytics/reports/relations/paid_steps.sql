-- kept
-- reads: paid, paid_touches
-- Money received, once for each touch of who paid, before he did, in their order: the nth of n, so many days before the last.
-- Without a touch once.
SELECT r.receipt_id, r.day, r.pipeline, r.direction, r.amount, r.currency, t.channel,
       row_number() OVER (PARTITION BY r.receipt_id ORDER BY t.touched_at, t.touch_id) AS nth,
       count(t.touch_id) OVER (PARTITION BY r.receipt_id) AS n,
       extract(epoch FROM max(t.touched_at) OVER (PARTITION BY r.receipt_id) - t.touched_at)::float8 / 86400 AS age
  FROM paid r LEFT JOIN paid_touches t ON t.person_id = r.person_id AND t.touched_at <= r.paid_at
