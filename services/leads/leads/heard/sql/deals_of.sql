-- The deals of customers ($1: all members of a card) of the lines of business $2 (NULL: all): open ones first, then the
-- last closed. Paid is what payments that name the deal brought, without what was given back; what of a payment stands on
-- an invoice of another deal is that deal's.
WITH payment AS (
  SELECT stream_id, version, type, facts FROM heard
   WHERE customer_id = ANY($1::uuid[]) AND starts_with(type, 'payment.')
), home AS (
  SELECT DISTINCT ON (stream_id) stream_id, facts ->> 'deal_id' AS deal_id, facts -> 'received' AS received
    FROM payment
   WHERE facts ? 'received'
     AND stream_id NOT IN (SELECT stream_id FROM payment WHERE facts ->> 'is_test' = 'true')
   ORDER BY stream_id, version DESC
), moved AS (
  SELECT deal_id, received AS money, 1 AS sign FROM home
  UNION ALL
  SELECT h.deal_id, p.facts -> 'refunded', -1 FROM payment p JOIN home h USING (stream_id)
   WHERE p.type = 'payment.refunded.v1'
  UNION ALL
  SELECT t.deal_id, p.facts -> 'amount', t.sign * CASE p.type WHEN 'payment.allocated.v1' THEN 1 ELSE -1 END
    FROM payment p JOIN home h USING (stream_id)
    CROSS JOIN LATERAL (VALUES (p.facts ->> 'deal_id', 1), (h.deal_id, -1)) t(deal_id, sign)
   WHERE p.type IN ('payment.allocated.v1', 'payment.deallocated.v1')
), paid AS (
  SELECT deal_id::uuid AS deal_id, money ->> 'currency' AS currency, sum(sign * (money ->> 'amount')::numeric) AS amount
    FROM moved WHERE deal_id IS NOT NULL GROUP BY 1, 2
)
SELECT d.deal_id, d.number, d.pipeline, d.stage, d.state, d.amount, d.currency, d.manager_id, d.direction, d.opened_at,
       d.closed_at, coalesce((SELECT sum(p.amount) FROM paid p WHERE p.deal_id = d.deal_id AND p.currency = d.currency), 0)
       AS paid
  FROM customer_deals d
 WHERE d.customer_id = ANY($1) AND d.told AND ($2::text[] IS NULL OR d.direction IS NULL OR d.direction = ANY($2))
 ORDER BY d.state <> 'open', coalesce(d.closed_at, d.opened_at) DESC, d.deal_id
