-- reads: spans, persons, segment_standings
-- The same of those who were registered on the days. Day by day, and keys as an array, of which the planner believes that
-- it is short: so it looks up the segments of these alone.
WITH people AS MATERIALIZED (
  SELECT s.day, p.*
    FROM spans s
   CROSS JOIN LATERAL (SELECT DISTINCT person_id, direction
                         FROM persons
                        WHERE registered_at >= s.starts_at AND registered_at < least(s.ends_at, :end)
                          AND erased_at IS NULL) p
)
SELECT day, direction, segment, count(*) AS customers
  FROM people JOIN segment_standings g USING (person_id)
 WHERE g.person_id = ANY (ARRAY(SELECT person_id FROM people)) GROUP BY 1, 2, 3
