-- reads: marketing_events
-- Marketing events that began on the days or are planned to.
SELECT * FROM (
  SELECT (coalesce(held_from, planned_from) AT TIME ZONE :zone)::date AS day, marketing_event_id, last_stage
    FROM marketing_events) h
 WHERE day = ANY (:days)
