-- reads: askings, said
-- How many persons with a lead or a deal of the period asked for what; without a need, how many there are.
SELECT day, NULL AS need, NULL AS value, count(*) AS customers, NULL::date[] AS untils, NULL::bigint[] AS again
  FROM askings GROUP BY 1
UNION ALL
SELECT day, need, value, count(*), NULL, NULL FROM said GROUP BY 1, 2, 3
