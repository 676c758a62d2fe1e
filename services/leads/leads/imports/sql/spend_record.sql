-- Sums as they now are; returns those that are new or have changed, with the version of their stream.
INSERT INTO ad_spend AS s (id, version, day, channel, campaign, direction, amount, currency, impressions, clicks)
SELECT g.id, 1, g.day, g.channel, g.campaign, g.direction, g.amount, g.currency, g.impressions, g.clicks
  FROM unnest($1::uuid[], $2::date[], $3::text[], $4::text[], $5::text[], $6::numeric[], $7::text[], $8::bigint[],
              $9::bigint[]) AS g(id, day, channel, campaign, direction, amount, currency, impressions, clicks)
 ORDER BY g.id
ON CONFLICT (id) DO UPDATE
   SET version = s.version + 1, amount = excluded.amount, impressions = excluded.impressions, clicks = excluded.clicks
 WHERE (s.amount, s.impressions, s.clicks) IS DISTINCT FROM (excluded.amount, excluded.impressions, excluded.clicks)
RETURNING id, version
