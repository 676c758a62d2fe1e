CREATE OR REPLACE VIEW bi.dim_campaign WITH (security_invoker = true) AS
SELECT c.channel,
       c.campaign
  FROM (SELECT channel, campaign FROM touches UNION SELECT channel, campaign FROM ad_spend) c
 WHERE c.campaign IS NOT NULL;

COMMENT ON VIEW bi.dim_campaign IS 'Рекламные кампании, с которых были обращения или расходы / Campaigns with requests or spend';
COMMENT ON COLUMN bi.dim_campaign.channel IS 'Канал / Channel';
COMMENT ON COLUMN bi.dim_campaign.campaign IS 'Рекламная кампания / Campaign';

GRANT SELECT ON bi.dim_campaign TO bi_reader;
