-- What advertising cost in the days of the period, by their begin; the day is part of a sum's id. It was spent for no
-- manager, segment, pipeline or product: where one is asked for there is no cost.
SELECT s.day::timestamp AT TIME ZONE :zone AS day, s.channel, s.campaign, s.amount, s.currency, s.impressions, s.clicks
  FROM (SELECT DISTINCT ON (h.spend_id) h.* FROM :schema.ad_spend h
         WHERE h.day >= (:start AT TIME ZONE :zone)::date AND h.day <= (:end AT TIME ZONE :zone)::date AND :known(h)
         ORDER BY h.spend_id, h.version DESC) s
 WHERE :seen(s.direction) AND :is(direction, s.direction) AND :is(channel, s.channel) AND :is(campaign, s.campaign)
   AND coalesce(:pipeline, :manager, :department, :segment, :product) IS NULL
