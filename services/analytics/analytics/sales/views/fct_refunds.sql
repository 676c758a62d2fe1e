CREATE OR REPLACE VIEW bi.fct_refunds WITH (security_invoker = true) AS
SELECT h.payment_id,
       h.version AS change_number,
       h.deal_id,
       h.customer_id,
       h.currency::character varying(3) AS currency_code,
       h.amount::numeric(18, 2) AS amount,
       p.is_test,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM payment_refunds h LEFT JOIN payments p USING (payment_id);

COMMENT ON VIEW bi.fct_refunds IS 'Возвраты денег: одна строка на возврат / Money given back: one row per refund';
COMMENT ON COLUMN bi.fct_refunds.payment_id IS 'Платёж / Payment';
COMMENT ON COLUMN bi.fct_refunds.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_refunds.deal_id IS 'Сделка / Deal';
COMMENT ON COLUMN bi.fct_refunds.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_refunds.currency_code IS 'Валюта, ISO 4217 / Currency, ISO 4217';
COMMENT ON COLUMN bi.fct_refunds.amount IS 'Сумма в валюте / Amount in the currency';
COMMENT ON COLUMN bi.fct_refunds.is_test IS 'Проверочный платёж, в отчёты не входит / Test payment, left out of reports';
COMMENT ON COLUMN bi.fct_refunds.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_refunds.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_refunds.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_refunds.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_refunds TO bi_reader;
