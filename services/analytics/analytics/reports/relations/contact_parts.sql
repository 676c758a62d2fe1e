-- reads: contacts
-- Contacts that took place in the period, counted by who was in charge.
SELECT (took_place_at AT TIME ZONE :zone)::date AS day, manager_id, direction, kind, flow,
       coalesce(call_result = 'answered', false) AS is_answered, count(*) AS contacts, sum(talk_seconds) AS talk_seconds,
       max(took_place_at) AS last_at
  FROM contacts
 WHERE took_place_at >= :start AND took_place_at < :end AND manager_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6
