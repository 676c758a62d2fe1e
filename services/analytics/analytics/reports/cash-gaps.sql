-- reads: invoice_parts
WITH counted AS (
  SELECT currency, delay, sum(sum(times)) OVER (PARTITION BY currency ORDER BY delay) AS up_to,
         sum(sum(times)) OVER (PARTITION BY currency) AS total
    FROM invoice_parts WHERE delay IS NOT NULL GROUP BY 1, 2
), habits AS (
  SELECT currency, greatest(0, (min(delay) FILTER (WHERE up_to >= total / 2)
                                + min(delay) FILTER (WHERE up_to > total / 2)) / 2.0) AS delay
    FROM counted GROUP BY 1
), today AS (
  SELECT (:moment AT TIME ZONE :zone)::date AS today
), due AS (
  SELECT currency, greatest(day, today) AS due_on, day < today AS is_overdue, due,
         greatest(day + ceil(coalesce(h.delay, 0))::int, today) AS expected_on
    FROM invoice_parts CROSS JOIN today LEFT JOIN habits h USING (currency) WHERE due > 0
), moved AS (
  SELECT currency, due_on AS day, due, 0 AS expected, CASE WHEN is_overdue THEN due ELSE 0 END AS overdue FROM due
  UNION ALL SELECT currency, expected_on, 0, due, 0 FROM due
), days AS (
  SELECT currency, day, sum(due) AS due, sum(overdue) AS overdue, sum(expected) AS expected,
         sum(sum(due) - sum(expected)) OVER (PARTITION BY currency ORDER BY day) AS gap
    FROM moved GROUP BY 1, 2
)
SELECT day, currency, due, overdue, expected, gap
  FROM days
 WHERE day::timestamp AT TIME ZONE :zone >= :start AND day::timestamp AT TIME ZONE :zone < :end
 ORDER BY day, currency
