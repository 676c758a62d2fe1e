-- reads: expectations, deals
-- Deals in open stages that are expected to be concluded on the days.
WITH soon AS MATERIALIZED (
  SELECT pipeline, stage, direction, currency, amount, expected_date
    FROM deals
   WHERE is_open AND deal_id = ANY (ARRAY(SELECT deal_id FROM expectations WHERE expected_date = ANY (:days)))
)
SELECT expected_date AS day, pipeline, stage, direction, currency, sum(amount) AS amount
  FROM soon WHERE expected_date = ANY (:days) GROUP BY 1, 2, 3, 4, 5
