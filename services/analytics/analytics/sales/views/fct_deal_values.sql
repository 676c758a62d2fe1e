CREATE OR REPLACE VIEW bi.fct_deal_values WITH (security_invoker = true) AS
SELECT h.deal_id,
       h.version AS change_number,
       d.pipeline,
       d.direction,
       h.currency::character varying(3) AS currency_code,
       h.amount::numeric(18, 2) AS amount,
       lead(h.version) OVER deal IS NULL AS is_current,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM deal_values h JOIN deals d USING (deal_id)
WINDOW deal AS (PARTITION BY h.deal_id ORDER BY h.version);

COMMENT ON VIEW bi.fct_deal_values IS 'История сумм сделок: одна строка на изменение / History of deals'' values: one row per change';
COMMENT ON COLUMN bi.fct_deal_values.deal_id IS 'Сделка / Deal';
COMMENT ON COLUMN bi.fct_deal_values.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_deal_values.pipeline IS 'Воронка / Pipeline';
COMMENT ON COLUMN bi.fct_deal_values.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.fct_deal_values.currency_code IS 'Валюта, ISO 4217 / Currency, ISO 4217';
COMMENT ON COLUMN bi.fct_deal_values.amount IS 'Сумма в валюте / Amount in the currency';
COMMENT ON COLUMN bi.fct_deal_values.is_current IS 'Действует сейчас / Holds now';
COMMENT ON COLUMN bi.fct_deal_values.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_deal_values.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_deal_values.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_deal_values.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_deal_values TO bi_reader;
