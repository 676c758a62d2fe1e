CREATE OR REPLACE VIEW bi.fct_payment_allocations WITH (security_invoker = true) AS
SELECT h.payment_id,
       h.version AS change_number,
       h.invoice_id,
       h.deal_id,
       h.customer_id,
       h.change,
       h.reason,
       h.currency::character varying(3) AS currency_code,
       h.amount::numeric(18, 2) AS amount,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM payment_allocations h;

COMMENT ON VIEW bi.fct_payment_allocations IS 'Зачёт платежей по счетам: плюс зачтено, минус снято или возвращено / Payments allocated to invoices: plus allocated, minus taken off or refunded';
COMMENT ON COLUMN bi.fct_payment_allocations.payment_id IS 'Платёж / Payment';
COMMENT ON COLUMN bi.fct_payment_allocations.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_payment_allocations.invoice_id IS 'Счёт / Invoice';
COMMENT ON COLUMN bi.fct_payment_allocations.deal_id IS 'Сделка / Deal';
COMMENT ON COLUMN bi.fct_payment_allocations.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_payment_allocations.change IS 'Что случилось: allocated, deallocated, refunded / What happened: allocated, deallocated, refunded';
COMMENT ON COLUMN bi.fct_payment_allocations.reason IS 'Причина, код / Reason, a code';
COMMENT ON COLUMN bi.fct_payment_allocations.currency_code IS 'Валюта, ISO 4217 / Currency, ISO 4217';
COMMENT ON COLUMN bi.fct_payment_allocations.amount IS 'Сумма в валюте / Amount in the currency';
COMMENT ON COLUMN bi.fct_payment_allocations.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_payment_allocations.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_payment_allocations.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_payment_allocations.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_payment_allocations TO bi_reader;
