-- reads: happened_parts
WITH counted AS MATERIALIZED (
  SELECT date_trunc(:grain, day::timestamp)::date AS day, what, currency, times, amount FROM happened_parts
), days AS (
  SELECT generate_series(min(day), max(day), CASE :grain WHEN 'quarter' THEN interval '3 months'
                                               ELSE ('1 ' || :grain)::interval END)::date AS day
    FROM counted
), sums AS (
  SELECT day, :money(sold) AS sold,
         :money(revenue) AS revenue
    FROM (SELECT day, currency, sum(amount) FILTER (WHERE what = 'won') AS sold,
        sum(amount) FILTER (WHERE what = 'money') AS revenue
            FROM counted WHERE currency IS NOT NULL GROUP BY 1, 2) m
   GROUP BY 1
)
SELECT day, :times(touch) AS requests, :times(lead) AS leads, :times(qualified) AS qualified, :times(deal) AS deals,
       :times(won) AS sales, :times(lost) AS lost, :times(call) AS calls, :times(email) AS letters,
       :times(message) AS messages, :times(meeting) AS meetings,
       coalesce(any_value(s.sold), '{}') AS sold, coalesce(any_value(s.revenue), '{}') AS revenue
  FROM days LEFT JOIN counted USING (day) LEFT JOIN sums s USING (day)
 GROUP BY 1 ORDER BY 1
