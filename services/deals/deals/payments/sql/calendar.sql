-- What is due and what came, by period ($1: day, week, month), currency and days $2 to $3 in the time zone $4; $5 is today.
-- Of the deals of a manager ($6) or a direction ($7); $8 are the directions the reader sees (NULL: all). What is asked for
-- stands on the day it is due; what came on its own day, whether it pays an invoice or not; what open deals are worth
-- and neither invoiced nor paid, on the day they are expected to be concluded.
WITH asked AS (
  SELECT i.due_on AS day, i.currency, i.due, i.deal_id FROM invoices i WHERE i.due > 0 AND i.due_on BETWEEN $2 AND $3
), came AS (
  SELECT (p.received_at AT TIME ZONE $4)::date AS day, p.currency, p.amount AS received, 0 AS refunded, p.deal_id
    FROM payments p
   WHERE NOT p.is_test AND p.received_at >= ($2::date::timestamp AT TIME ZONE $4)
     AND p.received_at < (($3::date + 1)::timestamp AT TIME ZONE $4)
  UNION ALL
  SELECT (r.refunded_at AT TIME ZONE $4)::date, r.currency, 0, r.amount, p.deal_id
    FROM refunds r JOIN payments p USING (payment_id)
   WHERE NOT p.is_test AND r.refunded_at >= ($2::date::timestamp AT TIME ZONE $4)
     AND r.refunded_at < (($3::date + 1)::timestamp AT TIME ZONE $4)
), hoped AS (
  SELECT d.expected_on AS day, d.currency, d.amount - coalesce(i.total, 0) - coalesce(p.free, 0) AS planned, d.deal_id
    FROM deals d
    LEFT JOIN LATERAL (SELECT sum(i.total) AS total FROM invoices i
                        WHERE i.deal_id = d.deal_id AND i.currency = d.currency AND i.cancelled_at IS NULL) i ON true
    LEFT JOIN LATERAL (SELECT sum(p.free) AS free FROM payments p
                        WHERE p.deal_id = d.deal_id AND p.currency = d.currency AND NOT p.is_test) p ON true
   WHERE d.state = 'open' AND d.expected_on BETWEEN $2 AND $3
), moved AS (
  SELECT day, currency, CASE WHEN day >= $5 THEN due ELSE 0 END AS expected,
         CASE WHEN day < $5 THEN due ELSE 0 END AS overdue, 0 AS planned, 0 AS received, 0 AS refunded, deal_id
    FROM asked
  UNION ALL
  SELECT day, currency, 0, 0, 0, received, refunded, deal_id FROM came
  UNION ALL
  SELECT day, currency, 0, 0, planned, 0, 0, deal_id FROM hoped WHERE planned > 0
)
SELECT date_trunc($1, m.day)::date AS period, m.currency, sum(m.expected) AS expected, sum(m.overdue) AS overdue,
       sum(m.planned) AS planned, sum(m.received) AS received, sum(m.refunded) AS refunded
  FROM moved m LEFT JOIN deals d USING (deal_id)
 WHERE ($6::text IS NULL OR d.manager_id = $6) AND ($7::text IS NULL OR d.direction = $7)
   AND ($8::text[] IS NULL OR d.direction IS NULL OR d.direction = ANY($8))
 GROUP BY 1, 2
 ORDER BY 1, 2
