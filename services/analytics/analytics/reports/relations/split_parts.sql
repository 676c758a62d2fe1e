-- reads: paid_steps
-- Money received after several touches, with their channels and how many days before the last each was, in their order.
SELECT day, pipeline, direction, currency, amount, array_agg(channel ORDER BY nth) AS channels,
       array_agg(age ORDER BY nth) AS ages
  FROM paid_steps WHERE n > 1 GROUP BY receipt_id, 1, 2, 3, 4, 5
