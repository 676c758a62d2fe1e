-- reads: spans, segment_moves, persons, segment_standings
-- The same of the days. Day by day, and keys as an array, of which the planner believes that it is short: so it looks up
-- the customers of these alone.
WITH told AS MATERIALIZED (
  SELECT s.day, m.*
    FROM spans s
   CROSS JOIN LATERAL (SELECT person_id, segment, previous_segment, reason, count(*) AS changes
                         FROM segment_moves
                        WHERE at >= greatest(s.starts_at, :start) AND at < least(s.ends_at, :end) GROUP BY 1, 2, 3, 4) m
), members AS MATERIALIZED (
  SELECT person_id, direction, (registered_at AT TIME ZONE :zone)::date AS registered_on
    FROM persons p JOIN segment_standings g USING (person_id)
   WHERE erased_at IS NULL AND registered_at < :end
     AND p.person_id = ANY (ARRAY(SELECT person_id FROM told)) AND g.person_id = ANY (ARRAY(SELECT person_id FROM told))
)
SELECT t.day, greatest(t.day, p.registered_on) AS counted_from, p.direction, t.segment, t.previous_segment, t.reason,
       sum(t.changes) AS changes
  FROM told t JOIN members p USING (person_id) GROUP BY 1, 2, 3, 4, 5, 6
