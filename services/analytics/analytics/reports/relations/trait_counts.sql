-- reads: buyer_parts
-- How many persons with a trait paid on a day, what they paid less what they got back, and how many of them paid again: `again`
-- counts those who did by each of the days `untils`. So who pays on many days of a period is counted on the last of them.
WITH counted AS (
  SELECT day, currency, trait, value, until, count(*) AS customers, sum(amount) AS amount
    FROM buyer_parts, unnest(traits, trait_values) AS known (trait, value) GROUP BY 1, 2, 3, 4, 5
), added AS (
  SELECT day, currency, trait, value, until, customers, amount,
         sum(customers) OVER (PARTITION BY day, currency, trait, value ORDER BY until)::bigint AS again
    FROM counted
)
SELECT day, currency, trait, value, sum(customers)::bigint AS customers, sum(amount) AS amount,
       array_agg(until ORDER BY until) FILTER (WHERE until < 'infinity') AS untils,
       array_agg(again ORDER BY until) FILTER (WHERE until < 'infinity') AS again
  FROM added GROUP BY 1, 2, 3, 4
