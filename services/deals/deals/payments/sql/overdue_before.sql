-- What was due before a day ($1) and is not paid, by currency; filters as of the calendar.
SELECT i.currency, sum(i.due) AS amount
  FROM invoices i JOIN deals d USING (deal_id)
 WHERE i.due > 0 AND i.due_on < $1 AND ($2::text IS NULL OR d.manager_id = $2) AND ($3::text IS NULL OR d.direction = $3)
   AND ($4::text[] IS NULL OR d.direction IS NULL OR d.direction = ANY($4))
 GROUP BY 1
 ORDER BY 1
