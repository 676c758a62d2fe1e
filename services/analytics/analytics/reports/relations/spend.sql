-- What advertising cost, by the begin of the day it was spent for.
SELECT s.day::timestamp AT TIME ZONE :zone AS day, s.channel, s.campaign, s.amount, s.currency, s.impressions, s.clicks
  FROM (SELECT DISTINCT ON (h.spend_id) h.* FROM :schema.ad_spend h WHERE :known(h) ORDER BY h.spend_id, h.version DESC) s
 WHERE :seen(s.direction) AND :is(direction, s.direction) AND :is(channel, s.channel) AND :is(campaign, s.campaign)
