-- A row per segment: casual are customers registered by then who brought nothing. $7 lines of business the reader sees.
SELECT s.segment, count(*) AS customers, sum(s.revenue) AS revenue, min(s.revenue) AS least_revenue
  FROM segmented s LEFT JOIN :schema.customers c USING (customer_id)
 WHERE $7::text[] IS NULL OR c.direction IS NULL OR c.direction = ANY ($7)
 GROUP BY 1
UNION ALL
SELECT 'casual', count(*), 0, NULL
  FROM :schema.customers c
 WHERE c.registered_at <= $1 AND c.recorded_at <= $6
   AND NOT EXISTS (SELECT FROM :schema.customer_erasures h
                    WHERE h.customer_id = c.customer_id AND h.occurred_at <= $1 AND h.recorded_at <= $6)
   AND ($7 IS NULL OR c.direction IS NULL OR c.direction = ANY ($7))
   AND NOT EXISTS (SELECT FROM segmented s WHERE s.customer_id = c.customer_id)
   AND NOT EXISTS (SELECT FROM roots r WHERE r.customer_id = c.customer_id)
