CREATE OR REPLACE VIEW bi.fct_payments WITH (security_invoker = true) AS
SELECT p.payment_id,
       p.deal_id,
       p.customer_id,
       p.provider,
       p.provider_payment_id,
       p.currency::character varying(3) AS currency_code,
       p.amount::numeric(18, 2) AS amount,
       p.is_test,
       p.deal_id IS NOT NULL AS is_matched,
       (p.received_at AT TIME ZONE :timezone)::date AS received_date,
       p.received_at,
       p.loaded_at,
       p.updated_at,
       coalesce((SELECT sum(r.amount) FROM payment_refunds r WHERE r.payment_id = p.payment_id), 0)::numeric(18, 2) AS refunded_amount,
       coalesce((SELECT sum(a.amount) FROM payment_allocations a WHERE a.payment_id = p.payment_id), 0)::numeric(18, 2) AS allocated_amount,
       p.recorded_at
  FROM payments p
 WHERE p.received_at IS NOT NULL;

COMMENT ON VIEW bi.fct_payments IS 'Поступления денег: одна строка на платёж / Payments received: one row per payment';
COMMENT ON COLUMN bi.fct_payments.payment_id IS 'Платёж / Payment';
COMMENT ON COLUMN bi.fct_payments.deal_id IS 'Сделка / Deal';
COMMENT ON COLUMN bi.fct_payments.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_payments.provider IS 'Платёжная система / Payment provider';
COMMENT ON COLUMN bi.fct_payments.provider_payment_id IS 'Номер платежа у платёжной системы / Id of the payment at the provider';
COMMENT ON COLUMN bi.fct_payments.currency_code IS 'Валюта, ISO 4217 / Currency, ISO 4217';
COMMENT ON COLUMN bi.fct_payments.amount IS 'Сумма в валюте / Amount in its currency';
COMMENT ON COLUMN bi.fct_payments.is_test IS 'Проверочный платёж / Test payment';
COMMENT ON COLUMN bi.fct_payments.is_matched IS 'Отнесён к сделке / Belongs to a deal';
COMMENT ON COLUMN bi.fct_payments.received_date IS 'Получен, день в часовом поясе компании / Received, day in the business time zone';
COMMENT ON COLUMN bi.fct_payments.received_at IS 'Когда получен / When it was received';
COMMENT ON COLUMN bi.fct_payments.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';
COMMENT ON COLUMN bi.fct_payments.updated_at IS 'Когда строка записана последний раз; читайте новое с запасом в несколько минут / When the row was last written; read what is new with a margin of some minutes';
COMMENT ON COLUMN bi.fct_payments.refunded_amount IS 'Возвращено в той же валюте / Given back, in the same currency';
COMMENT ON COLUMN bi.fct_payments.allocated_amount IS 'Зачтено по счетам сейчас / Allocated to invoices now';
COMMENT ON COLUMN bi.fct_payments.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';

GRANT SELECT ON bi.fct_payments TO bi_reader;
