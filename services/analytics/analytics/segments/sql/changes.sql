-- Customers whose segment is another than the last event said, at most $7, by id; erased ones are told no more.
SELECT c.*, c.customer_id IN (SELECT r.customer_id FROM roots r) AS is_merged,
       coalesce(bool_or(p.received_at <= $2), false) AS bought_before,
       coalesce(bool_or(p.received_at > $2), false) AS bought_in_window
  FROM (SELECT customer_id, coalesce(n.segment, 'casual') AS segment, coalesce(s.segment, 'casual') AS previous, s.version,
               s.share_percent AS previous_share, coalesce(n.revenue, 0) AS revenue, n.ahead, n.total
          FROM segmented n FULL JOIN segments_told s USING (customer_id) LEFT JOIN :schema.customers k USING (customer_id)
         WHERE coalesce(n.segment, 'casual') <> coalesce(s.segment, 'casual') AND k.erased_at IS NULL
         ORDER BY customer_id LIMIT $7) c
  LEFT JOIN LATERAL (SELECT c.customer_id UNION ALL SELECT r.customer_id FROM roots r WHERE r.root_id = c.customer_id)
            AS card(member) ON true
  LEFT JOIN :schema.payments p
         ON p.customer_id = card.member AND p.received_at <= $1 AND p.currency = $3 AND NOT p.is_test
 GROUP BY c.customer_id, c.segment, c.previous, c.version, c.previous_share, c.revenue, c.ahead, c.total
 ORDER BY c.customer_id
