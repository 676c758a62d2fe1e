-- Leads that are looked at: those captured on one of the days, and those with a repeat on it.
SELECT lead_id, customer_id, captured_at, channel, campaign, is_returning, is_test
  FROM :schema.leads
 WHERE captured_at <= :as_of AND recorded_at <= :known_at
   -- As an array, of which the planner believes that it is short: so it looks up the histories of these leads alone.
   AND lead_id = ANY (ARRAY(
                   SELECT t.lead_id
                     FROM unnest(:days) AS d (day)
                     JOIN :schema.touches t ON t.touched_at >= d.day::timestamp AT TIME ZONE :zone
                                           AND t.touched_at < (d.day + 1)::timestamp AT TIME ZONE :zone
                   UNION
                   SELECT l.lead_id
                     FROM unnest(:days) AS d (day)
                     JOIN :schema.leads l ON l.captured_at >= d.day::timestamp AT TIME ZONE :zone
                                         AND l.captured_at < (d.day + 1)::timestamp AT TIME ZONE :zone))
