-- reads: contact_parts, reached_parts
WITH reached AS (
  SELECT day, coalesce(manager_id, '') AS whose, sum(customers) AS customers FROM reached_parts GROUP BY 1, 2
), counted AS (
  SELECT day, manager_id, coalesce(manager_id, '') AS whose, sum(calls_out) AS calls_out, sum(calls_in) AS calls_in,
         sum(answered_calls) AS answered_calls, sum(missed_calls) AS missed_calls, sum(talk_seconds) AS talk_seconds,
         sum(letters_out) AS letters_out, sum(letters_in) AS letters_in, sum(messages) AS messages,
         sum(meetings) AS meetings, sum(visits) AS visits, sum(contacts) AS contacts
    FROM contact_parts GROUP BY 1, 2
)
SELECT day, manager_id AS manager, calls_out, calls_in, answered_calls, missed_calls,
       round(talk_seconds / 60.0, 1) AS talk_minutes, letters_out, letters_in, messages, meetings, visits, contacts,
       coalesce(customers, 0) AS customers
  FROM counted LEFT JOIN reached USING (day, whose)
 ORDER BY 1, 2 NULLS LAST
