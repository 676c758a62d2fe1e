-- reads: marketing_events
-- Marketing events that began in the period or are planned to, by the day.
SELECT (coalesce(held_from, planned_from) AT TIME ZONE :zone)::date AS day, marketing_event_id, last_stage
  FROM marketing_events WHERE coalesce(held_from, planned_from) >= :start AND coalesce(held_from, planned_from) < :end
