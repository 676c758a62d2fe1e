-- reads: expectations, deals
-- Deals in open stages that are expected to be concluded from today until the end of the period, by the day. The last
-- expectation is looked up only of deals that had one of these days.
WITH soon AS MATERIALIZED (
  SELECT pipeline, stage, direction, currency, amount, expected_date
    FROM deals
   WHERE is_open AND deal_id = ANY (ARRAY(SELECT deal_id FROM expectations
                                           WHERE expected_date >= (:moment AT TIME ZONE :zone)::date
                                             AND expected_date < (:end AT TIME ZONE :zone)::date))
)
SELECT expected_date AS day, pipeline, stage, direction, currency, sum(amount) AS amount
  FROM soon
 WHERE expected_date >= (:moment AT TIME ZONE :zone)::date AND expected_date < (:end AT TIME ZONE :zone)::date
 GROUP BY 1, 2, 3, 4, 5
