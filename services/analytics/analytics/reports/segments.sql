-- reads: persons, segment_standings, segment_moves, deals, leads, receipts
-- Customers are narrowed by their segment, and by what their leads and deals are of.
WITH standing AS MATERIALIZED (
  SELECT person_id, g.segment
    FROM persons JOIN segment_standings g USING (person_id)
   WHERE registered_at < :end AND erased_at IS NULL AND :is_of(g.segment)
     AND (coalesce(:pipeline, :product, :channel, :campaign, :manager, :department) IS NULL
          OR person_id IN (SELECT person_id FROM deals)
          OR coalesce(:pipeline, :product) IS NULL AND person_id IN (SELECT person_id FROM leads))
), brought AS (
  SELECT segment, :money(amount) AS revenue
    FROM (SELECT s.segment, r.currency, sum(r.amount) AS amount
            FROM receipts r JOIN deals d USING (deal_id) JOIN standing s ON s.person_id = d.person_id
           WHERE r.at >= :start AND r.at < :end GROUP BY 1, 2) sums
   GROUP BY 1
), moved AS MATERIALIZED (
  SELECT m.segment, m.previous_segment, m.reason,
         array_position('{gold,silver,bronze,casual}', m.segment)
           < array_position('{gold,silver,bronze,casual}', m.previous_segment) AS is_rise
    FROM segment_moves m JOIN standing USING (person_id) WHERE m.at >= :start AND m.at < :end
), entered AS (
  SELECT segment, sum(n) AS entered, sum(rises) AS from_below, json_object_agg(reason, n ORDER BY reason) AS entered_because
    FROM (SELECT segment, reason, count(*) AS n, count(*) FILTER (WHERE is_rise) AS rises FROM moved GROUP BY 1, 2) reasons
   GROUP BY 1
)
SELECT o.segment, coalesce(s.customers, 0) AS customers,
       round(100.0 * s.customers / (SELECT count(*) FROM standing), 1) AS share_percent,
       coalesce(b.revenue, '{}') AS revenue, coalesce(e.entered, 0) AS entered, coalesce(e.from_below, 0) AS from_below,
       coalesce(g.gone, 0) AS left_it, coalesce(e.entered_because, '{}') AS entered_because
  FROM unnest('{gold,silver,bronze,casual}'::text[]) WITH ORDINALITY AS o (segment, position)
  LEFT JOIN (SELECT segment, count(*) AS customers FROM standing GROUP BY 1) s USING (segment)
  LEFT JOIN brought b USING (segment)
  LEFT JOIN entered e USING (segment)
  LEFT JOIN (SELECT previous_segment AS segment, count(*) AS gone FROM moved GROUP BY 1) g USING (segment)
 ORDER BY position
