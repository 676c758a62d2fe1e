-- The deals of customers ($1: all members of a card) of the lines of business $2 (NULL: all): open ones first, then the
-- last closed. What was paid for each is the sum of the payments that name it, in the deal's currency.
WITH paid AS (
  SELECT DISTINCT ON (stream_id) deal_id, facts #>> '{received,currency}' AS currency,
         (facts #>> '{received,amount}')::numeric AS amount
    FROM heard
   WHERE customer_id = ANY($1::uuid[]) AND type IN ('payment.received.v1', 'payment.matched.v1') AND deal_id IS NOT NULL
     AND facts ->> 'is_test' IS DISTINCT FROM 'true'
   ORDER BY stream_id, version DESC
)
SELECT d.deal_id, d.number, d.pipeline, d.stage, d.state, d.amount, d.currency, d.manager_id, d.direction, d.opened_at,
       d.closed_at, coalesce((SELECT sum(p.amount) FROM paid p WHERE p.deal_id = d.deal_id AND p.currency = d.currency), 0)
       AS paid
  FROM customer_deals d
 WHERE d.customer_id = ANY($1) AND d.told AND ($2::text[] IS NULL OR d.direction IS NULL OR d.direction = ANY($2))
 ORDER BY d.state <> 'open', coalesce(d.closed_at, d.opened_at) DESC, d.deal_id
