-- reads: took_place
-- Contacts that took place in the period, counted by who was in charge.
SELECT day, manager_id, direction,
       count(*) FILTER (WHERE kind = 'call') AS calls,
       count(*) FILTER (WHERE kind = 'call' AND flow = 'out') AS calls_out,
       count(*) FILTER (WHERE kind = 'call' AND flow = 'in') AS calls_in,
       count(*) FILTER (WHERE kind = 'call' AND call_result = 'answered') AS answered_calls,
       count(*) FILTER (WHERE kind = 'call' AND call_result = 'missed') AS missed_calls,
       coalesce(sum(talk_seconds) FILTER (WHERE kind = 'call'), 0) AS talk_seconds,
       count(*) FILTER (WHERE kind = 'email' AND flow = 'out') AS letters_out,
       count(*) FILTER (WHERE kind = 'email' AND flow = 'in') AS letters_in,
       count(*) FILTER (WHERE kind = 'message') AS messages,
       count(*) FILTER (WHERE kind = 'message' AND flow = 'out') AS messages_out,
       count(*) FILTER (WHERE kind = 'meeting') AS meetings, count(*) FILTER (WHERE kind = 'visit') AS visits,
       count(*) AS contacts, max(took_place_at) AS last_at
  FROM took_place GROUP BY 1, 2, 3
