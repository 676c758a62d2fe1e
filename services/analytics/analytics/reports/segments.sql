-- reads: member_parts, move_parts, brought_parts
WITH standing AS (
  SELECT segment, sum(customers)::bigint AS customers FROM member_parts GROUP BY 1
), brought AS (
  SELECT segment, :money(amount) AS revenue
    FROM (SELECT segment, currency, sum(amount) AS amount FROM brought_parts GROUP BY 1, 2) sums
   GROUP BY 1
), moved AS MATERIALIZED (
  SELECT segment, previous_segment, reason, sum(changes)::bigint AS changes FROM move_parts GROUP BY 1, 2, 3
), entered AS (
  SELECT segment, sum(changes) AS entered, sum(rises) AS from_below,
         json_object_agg(reason, changes ORDER BY reason) AS entered_because
    FROM (SELECT segment, reason, sum(changes) AS changes,
                 sum(changes) FILTER (WHERE array_position('{gold,silver,bronze,casual}', segment)
                   < array_position('{gold,silver,bronze,casual}', previous_segment)) AS rises
            FROM moved GROUP BY 1, 2) reasons
   GROUP BY 1
)
SELECT o.segment, coalesce(s.customers, 0) AS customers,
       round(100.0 * s.customers / sum(s.customers) OVER (), 1) AS share_percent,
       coalesce(b.revenue, '{}') AS revenue, coalesce(e.entered, 0) AS entered, coalesce(e.from_below, 0) AS from_below,
       coalesce(g.gone, 0) AS left_it, coalesce(e.entered_because, '{}') AS entered_because
  FROM unnest('{gold,silver,bronze,casual}'::text[]) WITH ORDINALITY AS o (segment, position)
  LEFT JOIN standing s USING (segment)
  LEFT JOIN brought b USING (segment)
  LEFT JOIN entered e USING (segment)
  LEFT JOIN (SELECT previous_segment AS segment, sum(changes) AS gone FROM moved GROUP BY 1) g USING (segment)
 ORDER BY position
