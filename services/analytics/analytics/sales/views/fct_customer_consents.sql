CREATE OR REPLACE VIEW bi.fct_customer_consents WITH (security_invoker = true) AS
SELECT h.customer_id,
       h.version AS change_number,
       h.purpose,
       h.channel,
       h.source,
       h.text_version,
       h.is_given,
       h.effective_at,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM customer_consents h;

COMMENT ON VIEW bi.fct_customer_consents IS 'Согласия клиентов: одна строка на согласие или отзыв / Consents of customers: one row per consent or withdrawal';
COMMENT ON COLUMN bi.fct_customer_consents.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_customer_consents.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_customer_consents.purpose IS 'На что / To what';
COMMENT ON COLUMN bi.fct_customer_consents.channel IS 'Каким каналом; пусто: любым / By what channel; empty: any';
COMMENT ON COLUMN bi.fct_customer_consents.source IS 'Источник внутри канала / Source within the channel';
COMMENT ON COLUMN bi.fct_customer_consents.text_version IS 'Версия текста согласия / Version of the text agreed to';
COMMENT ON COLUMN bi.fct_customer_consents.is_given IS 'Дано; нет: отозвано / Given; no: withdrawn';
COMMENT ON COLUMN bi.fct_customer_consents.effective_at IS 'С какого времени / As of when';
COMMENT ON COLUMN bi.fct_customer_consents.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_customer_consents.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_customer_consents.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_customer_consents.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_customer_consents TO bi_reader;
