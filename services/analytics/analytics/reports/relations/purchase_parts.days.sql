-- reads: purchases
-- What persons paid on the days that are in the period. before: the last day before that one on which the person paid.
SELECT * FROM (
  SELECT day, person_id, currency, sum(amount) AS paid, max(day) OVER earlier AS before
    FROM purchases
   GROUP BY 1, 2, 3
  WINDOW earlier AS (PARTITION BY person_id ORDER BY day GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) known
 WHERE day = ANY (:days) AND day >= (:start AT TIME ZONE :zone)::date AND day < (:end AT TIME ZONE :zone)::date
