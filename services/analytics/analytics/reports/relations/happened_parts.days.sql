-- reads: spans, happened
-- What happened on the days, as far as these are in the period, counted. Day by day, so that each reaches what is of
-- it by an index.
SELECT s.day, h.what, h.direction, h.currency, h.times, h.amount
  FROM spans s
 CROSS JOIN LATERAL (SELECT what, direction, currency, count(*) AS times, sum(amount) AS amount
                       FROM happened
                      WHERE at >= greatest(s.starts_at, :start) AND at < least(s.ends_at, :end) GROUP BY 1, 2, 3) h
