-- The customers who brought revenue, each with its place and segment; the rest are casual. $1 as of, $2 begin of the
-- window (not in it), $3 currency, $4 and $5 cuts in percent, $6 known at. roots: which card a merged one counts as.
-- Revenue is what was received in the window and not given back since. Payments of tests, of nobody and in other
-- currencies are left out. Who brings more comes first, then who paid last, then the id: equal sums never depend on the
-- order of payments. Whose revenue begins below a cut belongs above it, so whoever brings it all is gold.
SELECT customer_id, revenue, paid_at, place, ahead, total,
       CASE WHEN ahead * 100 < $4::numeric * total THEN 'gold'
            WHEN ahead * 100 < $5::numeric * total THEN 'silver'
            ELSE 'bronze' END AS segment
  FROM (SELECT customer_id, revenue, paid_at, sum(revenue) OVER () AS total, row_number() OVER w AS place,
               sum(revenue) OVER (w ROWS UNBOUNDED PRECEDING) - revenue AS ahead
          FROM (SELECT coalesce(r.root_id, m.customer_id, d.customer_id) AS customer_id, sum(moved.amount) AS revenue,
                       max(moved.received_at) AS paid_at
                  FROM (SELECT p.payment_id, p.amount, p.received_at
                          FROM :schema.payments p
                         WHERE p.received_at > $2 AND p.received_at <= $1 AND p.recorded_at <= $6
                           AND p.currency = $3 AND NOT p.is_test
                        UNION ALL
                        SELECT p.payment_id, -h.amount, p.received_at
                          FROM :schema.payment_refunds h JOIN :schema.payments p USING (payment_id)
                         WHERE p.received_at > $2 AND p.received_at <= $1 AND p.recorded_at <= $6
                           AND h.occurred_at <= $1 AND h.recorded_at <= $6 AND h.currency = $3 AND NOT p.is_test) moved
                 CROSS JOIN LATERAL (SELECT h.customer_id, h.deal_id FROM :schema.payment_matches h
                                      WHERE h.payment_id = moved.payment_id AND h.occurred_at <= $1 AND h.recorded_at <= $6
                                      ORDER BY h.version DESC LIMIT 1) m
                  LEFT JOIN :schema.deals d ON m.customer_id IS NULL AND d.deal_id = m.deal_id
                  LEFT JOIN roots r ON r.customer_id = coalesce(m.customer_id, d.customer_id)
                 GROUP BY 1) brought
         WHERE customer_id IS NOT NULL AND revenue > 0
        WINDOW w AS (ORDER BY revenue DESC, paid_at DESC, customer_id)) ranked
