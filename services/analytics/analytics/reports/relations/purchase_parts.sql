-- reads: purchases
-- What persons paid in the period, by day. before: the last day before the period on which the person paid, if he did.
SELECT day, person_id, currency, sum(amount) AS paid, any_value(before) AS before
  FROM purchases
  LEFT JOIN (SELECT person_id, max(day) AS before FROM purchases WHERE NOT is_of_period GROUP BY 1) b USING (person_id)
 WHERE is_of_period
 GROUP BY 1, 2, 3
