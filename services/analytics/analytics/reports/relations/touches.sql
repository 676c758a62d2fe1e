-- reads: lead_values
-- Requests, each by its own channel.
SELECT t.touch_id, t.lead_id, l.person_id, l.manager_id, t.touched_at, t.channel, t.campaign, t.is_first, l.direction
  FROM :schema.touches t JOIN lead_values l USING (lead_id)
 WHERE t.touched_at <= :as_of AND t.recorded_at <= :known_at AND NOT t.is_test
   AND :is(channel, t.channel) AND :is(campaign, t.campaign)
