-- reads: invoices
-- Invoices by the day until which they are to be paid: what is due on them, and how many days late paid ones were.
SELECT due_date AS day, direction, currency, paid_on - due_date AS delay,
       coalesce(sum(due_amount) FILTER (WHERE due_amount > 0 AND cancelled_at IS NULL), 0) AS due, count(*) AS times
  FROM invoices GROUP BY 1, 2, 3, 4
