CREATE OR REPLACE VIEW bi.fct_ad_spend WITH (security_invoker = true) AS
SELECT h.spend_id,
       h.channel,
       h.campaign,
       h.direction,
       h.currency::character varying(3) AS currency_code,
       h.amount::numeric(18, 2) AS amount,
       h.impressions,
       h.clicks,
       h.day AS spend_date,
       h.recorded_at,
       h.loaded_at
  FROM (SELECT DISTINCT ON (spend_id) * FROM ad_spend ORDER BY spend_id, version DESC) h;

COMMENT ON VIEW bi.fct_ad_spend IS 'Расходы на рекламу: одна строка на день, канал и кампанию, как известно сейчас / Advertising spend: one row per day, channel and campaign as known now';
COMMENT ON COLUMN bi.fct_ad_spend.spend_id IS 'Запись расхода / Record of the spend';
COMMENT ON COLUMN bi.fct_ad_spend.channel IS 'Канал / Channel';
COMMENT ON COLUMN bi.fct_ad_spend.campaign IS 'Рекламная кампания / Campaign';
COMMENT ON COLUMN bi.fct_ad_spend.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.fct_ad_spend.currency_code IS 'Валюта, ISO 4217 / Currency, ISO 4217';
COMMENT ON COLUMN bi.fct_ad_spend.amount IS 'Сумма в валюте / Amount in the currency';
COMMENT ON COLUMN bi.fct_ad_spend.impressions IS 'Показы / Impressions';
COMMENT ON COLUMN bi.fct_ad_spend.clicks IS 'Переходы / Clicks';
COMMENT ON COLUMN bi.fct_ad_spend.spend_date IS 'День расхода / Day of the spend';
COMMENT ON COLUMN bi.fct_ad_spend.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_ad_spend.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_ad_spend TO bi_reader;
