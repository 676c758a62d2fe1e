-- reads: spans, contacts
-- Contacts that took place on the days, as far as these are in the period, counted by who was in charge.
SELECT s.day, c.*
  FROM spans s
 CROSS JOIN LATERAL (
   SELECT manager_id, direction, kind, flow, coalesce(call_result = 'answered', false) AS is_answered, count(*) AS contacts,
          sum(talk_seconds) AS talk_seconds, max(took_place_at) AS last_at
     FROM contacts
    WHERE took_place_at >= greatest(s.starts_at, :start) AND took_place_at < least(s.ends_at, :end)
      AND manager_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5) c
