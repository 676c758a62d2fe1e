-- reads: customer_parts
SELECT direction, sum(customers) AS customers, coalesce(sum(customers) FILTER (WHERE is_new), 0) AS new_customers,
       coalesce(sum(customers) FILTER (WHERE has_email), 0) AS with_email, sum(emails) AS emails,
       coalesce(sum(customers) FILTER (WHERE has_phone), 0) AS with_phone,
       coalesce(sum(customers) FILTER (WHERE won_directions <> '{}'), 0) AS buyers,
       coalesce(sum(customers) FILTER (WHERE open_directions <> '{}'), 0) AS in_work,
       coalesce(sum(customers) FILTER (WHERE nurture_directions <> '{}' AND open_directions = '{}'), 0) AS monitored
  FROM customer_parts
 GROUP BY 1
 ORDER BY customers DESC, 1 NULLS LAST
