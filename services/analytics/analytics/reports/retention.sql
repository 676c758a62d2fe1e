-- reads: purchase_parts, pause_parts
WITH came AS MATERIALIZED (
  SELECT person_id, CASE WHEN bool_or(before IS NULL) THEN 'new'
                         WHEN min(day) > min(before) + :lost_after_days::int THEN 'returned'
                         ELSE 'retained' END AS state
    FROM purchase_parts GROUP BY 1
), parts AS (
  SELECT state, NULL AS currency, count(*) AS customers, NULL::numeric AS paid FROM came GROUP BY 1
  UNION ALL
  SELECT c.state, p.currency, 0, sum(p.paid) FROM came c JOIN purchase_parts p USING (person_id) GROUP BY 1, 2
  UNION ALL
  SELECT CASE WHEN day >= (least(:end, :moment) AT TIME ZONE :zone)::date - :lost_after_days::int THEN 'waiting'
              WHEN day >= (:start AT TIME ZONE :zone)::date - :lost_after_days::int THEN 'lost'
              ELSE 'lost_before' END, currency, customers, paid
    FROM pause_parts WHERE day < :start AT TIME ZONE :zone AND until >= :end AT TIME ZONE :zone
), sums AS (
  SELECT state, currency, sum(customers) AS customers, sum(paid) AS paid FROM parts GROUP BY 1, 2
)
SELECT state, sum(customers)::bigint AS customers,
       round(100.0 * sum(customers) / sum(sum(customers)) OVER (), 1) AS share_percent, :money(paid) AS revenue
  FROM sums
 GROUP BY 1
 ORDER BY array_position('{new,retained,returned,waiting,lost,lost_before}', state)
