-- reads: happened
-- What happened in the period, counted by the day.
SELECT (at AT TIME ZONE :zone)::date AS day, what, direction, currency, count(*) AS times, sum(amount) AS amount
  FROM happened WHERE at >= :start AND at < :end GROUP BY 1, 2, 3, 4
