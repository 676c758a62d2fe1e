-- reads: invoice_parts
-- How many days late paid invoices were, by the month until which they were to be paid.
SELECT date_trunc('month', day)::date AS day, direction, currency, delay, sum(times)::bigint AS times
  FROM invoice_parts WHERE delay IS NOT NULL GROUP BY 1, 2, 3, 4
