SELECT asked.n, h.type, h.rule = asked.rule AS own, count(*)::int AS count, max(h.recorded_at) AS last
  FROM unnest($1::int[], $2::uuid[], $3::timestamptz[], $4::text[]) AS asked(n, customer_id, at, rule)
 CROSS JOIN LATERAL cards_at(asked.customer_id, asked.at) AS card(id)
  JOIN happenings h ON h.customer_id = card.id AND h.recorded_at < asked.at
 GROUP BY 1, 2, 3
