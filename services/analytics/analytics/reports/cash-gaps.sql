-- reads: invoices
WITH habits AS (
  SELECT currency, greatest(0, percentile_cont(0.5) WITHIN GROUP (ORDER BY paid_on - due_date)) AS delay
    FROM invoices WHERE paid_on IS NOT NULL GROUP BY 1
), today AS (
  SELECT (:moment AT TIME ZONE :zone)::date AS day
), due AS (
  SELECT currency, greatest(due_date, day) AS due_on, due_date < day AS is_overdue, due_amount,
         greatest(due_date + ceil(coalesce(delay, 0))::int, day) AS expected_on
    FROM invoices CROSS JOIN today LEFT JOIN habits USING (currency) WHERE due_amount > 0 AND cancelled_at IS NULL
), moved AS (
  SELECT currency, due_on AS day, due_amount AS due, 0 AS expected,
         CASE WHEN is_overdue THEN due_amount ELSE 0 END AS overdue
    FROM due
  UNION ALL SELECT currency, expected_on, 0, due_amount, 0 FROM due
), days AS (
  SELECT currency, day, sum(due) AS due, sum(overdue) AS overdue, sum(expected) AS expected,
         sum(sum(due) - sum(expected)) OVER (PARTITION BY currency ORDER BY day) AS gap
    FROM moved GROUP BY 1, 2
)
SELECT day, currency, due, overdue, expected, gap
  FROM days
 WHERE day::timestamp AT TIME ZONE :zone >= :start AND day::timestamp AT TIME ZONE :zone < :end
 ORDER BY day, currency
