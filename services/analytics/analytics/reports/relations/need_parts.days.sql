-- reads: spans, askings, said
-- How many persons asked for what on a day, or without a need at all, and how many of these asked for it again until when:
-- `again` counts those who did by each of the days `untils`. So who asks on many days of a period is counted on the last.
WITH every AS (
  SELECT person_id, day, NULL AS need, NULL AS value FROM askings
  UNION ALL
  SELECT person_id, day, need, value FROM said
), counted AS (
  SELECT day, need, value, until, count(*) AS customers
    FROM (SELECT day, need, value, lead(day) OVER (PARTITION BY person_id, need, value ORDER BY day) AS until FROM every) e
    JOIN spans USING (day)
   GROUP BY 1, 2, 3, 4
), added AS (
  SELECT day, need, value, until, customers, sum(customers) OVER (PARTITION BY day, need, value ORDER BY until)::bigint AS again
    FROM counted
)
SELECT day, need, value, sum(customers)::bigint AS customers,
       array_agg(until ORDER BY until) FILTER (WHERE until IS NOT NULL) AS untils,
       array_agg(again ORDER BY until) FILTER (WHERE until IS NOT NULL) AS again
  FROM added GROUP BY 1, 2, 3
