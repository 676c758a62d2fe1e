-- reads: contacts
SELECT (took_place_at AT TIME ZONE :zone)::date AS day, manager_id AS manager,
       count(*) FILTER (WHERE kind = 'call' AND flow = 'out') AS calls_out,
       count(*) FILTER (WHERE kind = 'call' AND flow = 'in') AS calls_in,
       count(*) FILTER (WHERE kind = 'call' AND call_result = 'answered') AS answered_calls,
       count(*) FILTER (WHERE kind = 'call' AND call_result = 'missed') AS missed_calls,
       round(coalesce(sum(talk_seconds) FILTER (WHERE kind = 'call'), 0) / 60.0, 1) AS talk_minutes,
       count(*) FILTER (WHERE kind = 'email' AND flow = 'out') AS letters_out,
       count(*) FILTER (WHERE kind = 'email' AND flow = 'in') AS letters_in,
       count(*) FILTER (WHERE kind = 'message') AS messages, count(*) FILTER (WHERE kind = 'meeting') AS meetings,
       count(*) FILTER (WHERE kind = 'visit') AS visits, count(*) AS contacts, count(DISTINCT person_id) AS customers
  FROM contacts
 WHERE took_place_at >= :start AND took_place_at < :end
 GROUP BY 1, 2 ORDER BY 1, 2 NULLS LAST
