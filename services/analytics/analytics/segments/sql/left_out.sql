-- Payments of the window that make no segment, by currency: $1 as of, $2 begin of the window, $3 currency of the
-- segments, $4 known at. In that currency they are those of nobody.
SELECT p.currency, sum(p.amount) AS amount
  FROM :schema.payments p
 WHERE p.received_at > $2 AND p.received_at <= $1 AND p.recorded_at <= $4 AND NOT p.is_test
   AND (p.currency <> $3 OR NOT EXISTS (SELECT FROM :schema.payment_matches h
                                         WHERE h.payment_id = p.payment_id AND h.occurred_at <= $1 AND h.recorded_at <= $4))
 GROUP BY 1 ORDER BY 1
