-- reads: spans, contacts
-- The same of the days, as far as these are in the period.
SELECT s.day, c.manager_id, c.direction, count(*) FILTER (WHERE c.kind = 'meeting') AS meetings,
       array_agg(c.planned_at)
         FILTER (WHERE c.took_place_at IS NULL AND c.concluded_at IS NULL AND c.cancelled_at IS NULL) AS pending
  FROM spans s JOIN contacts c ON c.planned_at >= s.starts_at AND c.planned_at < s.ends_at
 WHERE c.planned_at >= :start AND c.planned_at < :end AND c.manager_id IS NOT NULL GROUP BY 1, 2, 3
