-- reads: contacts
-- Contacts planned for the period, by who is in charge; pending: when those are planned for that nobody has told more of.
SELECT (planned_at AT TIME ZONE :zone)::date AS day, manager_id, direction,
       count(*) FILTER (WHERE kind = 'meeting') AS meetings,
       array_agg(planned_at)
         FILTER (WHERE took_place_at IS NULL AND concluded_at IS NULL AND cancelled_at IS NULL) AS pending
  FROM contacts WHERE planned_at >= :start AND planned_at < :end AND manager_id IS NOT NULL GROUP BY 1, 2, 3
