-- What customers ($1: participants with all members of their cards) bought and paid from $2 until $3, by currency.
WITH payment AS (
  SELECT stream_id, version, type, facts, occurred_at FROM heard
   WHERE customer_id = ANY($1::uuid[]) AND starts_with(type, 'payment.')
), money AS (
  SELECT DISTINCT ON (stream_id) facts #>> '{received,currency}' AS currency, (facts #>> '{received,amount}')::numeric AS paid
    FROM payment
   WHERE facts ? 'received' AND occurred_at >= $2 AND occurred_at < $3
     AND stream_id NOT IN (SELECT stream_id FROM payment WHERE facts ->> 'is_test' = 'true')
   ORDER BY stream_id, version
), refund AS (
  SELECT facts #>> '{refunded,currency}' AS currency, -(facts #>> '{refunded,amount}')::numeric AS paid
    FROM payment
   WHERE type = 'payment.refunded.v1' AND occurred_at >= $2 AND occurred_at < $3
     AND stream_id NOT IN (SELECT stream_id FROM payment WHERE facts ->> 'is_test' = 'true')
), deal AS (
  SELECT currency, opened_at >= $2 AND opened_at < $3 AS opened,
         state = 'won' AND closed_at >= $2 AND closed_at < $3 AS won, amount
    FROM customer_deals WHERE customer_id = ANY($1) AND told
), fact AS (
  SELECT currency, opened::int AS opened, won::int AS won, CASE WHEN won THEN amount END AS won_amount, NULL AS paid FROM deal
  UNION ALL
  SELECT currency, 0, 0, NULL, paid FROM money
  UNION ALL
  SELECT currency, 0, 0, NULL, paid FROM refund
)
SELECT currency, sum(opened) AS opened, sum(won) AS won, sum(won_amount) AS won_amount, sum(paid) AS paid
  FROM fact WHERE currency IS NOT NULL GROUP BY currency ORDER BY currency
