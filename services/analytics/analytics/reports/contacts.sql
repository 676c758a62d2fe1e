-- reads: contacts
WITH by_person AS (
  SELECT (took_place_at AT TIME ZONE :zone)::date AS day, manager_id, person_id,
         count(*) FILTER (WHERE kind = 'call' AND flow = 'out') AS calls_out,
         count(*) FILTER (WHERE kind = 'call' AND flow = 'in') AS calls_in,
         count(*) FILTER (WHERE kind = 'call' AND call_result = 'answered') AS answered_calls,
         count(*) FILTER (WHERE kind = 'call' AND call_result = 'missed') AS missed_calls,
         sum(talk_seconds) FILTER (WHERE kind = 'call') AS talk_seconds,
         count(*) FILTER (WHERE kind = 'email' AND flow = 'out') AS letters_out,
         count(*) FILTER (WHERE kind = 'email' AND flow = 'in') AS letters_in,
         count(*) FILTER (WHERE kind = 'message') AS messages, count(*) FILTER (WHERE kind = 'meeting') AS meetings,
         count(*) FILTER (WHERE kind = 'visit') AS visits, count(*) AS contacts
    FROM contacts
   WHERE took_place_at >= :start AND took_place_at < :end
   GROUP BY 1, 2, 3
)
SELECT day, manager_id AS manager, sum(calls_out) AS calls_out, sum(calls_in) AS calls_in,
       sum(answered_calls) AS answered_calls, sum(missed_calls) AS missed_calls,
       round(coalesce(sum(talk_seconds), 0) / 60.0, 1) AS talk_minutes, sum(letters_out) AS letters_out,
       sum(letters_in) AS letters_in, sum(messages) AS messages, sum(meetings) AS meetings, sum(visits) AS visits,
       sum(contacts) AS contacts, count(person_id) AS customers
  FROM by_person
 GROUP BY 1, 2 ORDER BY 1, 2 NULLS LAST
