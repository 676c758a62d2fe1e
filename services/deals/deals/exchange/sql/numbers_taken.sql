-- Which of these numbers are invoices' already, deals', or may be drawn from a series one day.
SELECT w.number
  FROM unnest($1::text[]) AS w(number)
 WHERE EXISTS (SELECT FROM invoices i WHERE i.number = w.number) OR w.number ~ '^D-[0-9]+$'
    OR EXISTS (SELECT FROM invoice_series s
                WHERE starts_with(w.number, s.prefix) AND substr(w.number, length(s.prefix) + 1) ~ '^[0-9]+$')
