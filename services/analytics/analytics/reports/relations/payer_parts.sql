-- reads: earned, paid_days
-- Deals by the day on which they were paid for and the one before on which they were: of those of many days each counts
-- once whose day before is not one of these. The same of payments of which it is known what is left.
SELECT e.day, e.manager_id, e.direction, p.paid_before, p.is_costed, p.costed_before, count(*) AS deals
  FROM (SELECT DISTINCT day, deal_id, manager_id, direction FROM earned) e
  JOIN (SELECT deal_id, day, is_costed, lag(day) OVER earlier AS paid_before,
               max(day) FILTER (WHERE is_costed)
                 OVER (earlier ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS costed_before
          FROM paid_days WINDOW earlier AS (PARTITION BY deal_id ORDER BY day)) p USING (deal_id, day)
 GROUP BY 1, 2, 3, 4, 5, 6
