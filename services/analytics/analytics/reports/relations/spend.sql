-- What advertising cost, by the begin of the day it was spent for. It was spent for no manager, segment, pipeline or
-- product: where one is asked for there is no cost.
SELECT s.day::timestamp AT TIME ZONE :zone AS day, s.channel, s.campaign, s.amount, s.currency, s.impressions, s.clicks
  FROM (SELECT DISTINCT ON (h.spend_id) h.* FROM :schema.ad_spend h WHERE :known(h) ORDER BY h.spend_id, h.version DESC) s
 WHERE :seen(s.direction) AND :is(direction, s.direction) AND :is(channel, s.channel) AND :is(campaign, s.campaign)
   AND coalesce(:pipeline, :manager, :department, :segment, :product) IS NULL
