-- reads: spans, receipts, deals, persons, segment_standings
-- The same of the days. Day by day, and keys as an array, of which the planner believes that it is short: so it looks up
-- the deals and customers of these alone.
WITH taken AS MATERIALIZED (
  SELECT s.day, r.*
    FROM spans s
   CROSS JOIN LATERAL (SELECT deal_id, currency, sum(amount) AS amount
                         FROM receipts
                        WHERE at >= greatest(s.starts_at, :start) AND at < least(s.ends_at, :end) GROUP BY 1, 2) r
), deals_of AS MATERIALIZED (
  SELECT deal_id, person_id, direction FROM deals WHERE deal_id = ANY (ARRAY(SELECT deal_id FROM taken))
), members AS MATERIALIZED (
  SELECT person_id, direction, (registered_at AT TIME ZONE :zone)::date AS registered_on, segment
    FROM persons p JOIN segment_standings g USING (person_id)
   WHERE erased_at IS NULL AND registered_at < :end
     AND p.person_id = ANY (ARRAY(SELECT person_id FROM deals_of)) AND g.person_id = ANY (ARRAY(SELECT person_id FROM deals_of))
)
SELECT t.day, greatest(t.day, p.registered_on) AS counted_from, p.direction, d.direction AS deal_direction, p.segment,
       t.currency, sum(t.amount) AS amount
  FROM taken t JOIN deals_of d USING (deal_id) JOIN members p USING (person_id) GROUP BY 1, 2, 3, 4, 5, 6
