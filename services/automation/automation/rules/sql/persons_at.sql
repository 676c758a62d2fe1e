-- The cards that were one with a card at a moment, in order.
SELECT asked.n, array_agg(card.id ORDER BY card.id) AS cards
  FROM unnest($1::int[], $2::uuid[], $3::timestamptz[]) AS asked(n, customer_id, at)
 CROSS JOIN LATERAL cards_at(asked.customer_id, asked.at) AS card(id)
 GROUP BY asked.n
