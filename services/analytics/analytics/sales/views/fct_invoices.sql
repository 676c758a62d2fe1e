CREATE OR REPLACE VIEW bi.fct_invoices WITH (security_invoker = true) AS
SELECT h.invoice_id,
       h.deal_id,
       h.customer_id,
       h.kind,
       CASE WHEN cancelled.occurred_at IS NOT NULL THEN 'cancelled' WHEN coalesce(paid.amount, 0) >= h.amount THEN 'paid' WHEN overdue.occurred_at IS NOT NULL THEN 'overdue' ELSE 'open' END AS status,
       d.direction,
       d.manager_id,
       h.currency::character varying(3) AS currency_code,
       h.amount::numeric(18, 2) AS amount,
       coalesce(paid.amount, 0)::numeric(18, 2) AS paid_amount,
       (CASE WHEN cancelled.occurred_at IS NULL THEN h.amount - coalesce(paid.amount, 0) ELSE 0 END)::numeric(18, 2) AS outstanding_amount,
       h.due_date,
       (h.occurred_at AT TIME ZONE :timezone)::date AS issued_date,
       h.occurred_at AS issued_at,
       overdue.occurred_at AS overdue_at,
       cancelled.occurred_at AS cancelled_at,
       h.recorded_at,
       h.loaded_at
  FROM invoice_changes h JOIN deals d USING (deal_id)
  LEFT JOIN LATERAL (SELECT sum(a.amount) AS amount FROM payment_allocations a WHERE a.invoice_id = h.invoice_id) paid ON true
  LEFT JOIN LATERAL (SELECT min(c.occurred_at) AS occurred_at FROM invoice_changes c
                      WHERE c.invoice_id = h.invoice_id AND c.change = 'cancelled') cancelled ON true
  LEFT JOIN LATERAL (SELECT min(c.occurred_at) AS occurred_at FROM invoice_changes c
                      WHERE c.invoice_id = h.invoice_id AND c.change = 'overdue') overdue ON true
 WHERE h.change = 'issued';

COMMENT ON VIEW bi.fct_invoices IS 'Счета: одна строка на счёт, его состояние сейчас / Invoices: one row per invoice as it is now';
COMMENT ON COLUMN bi.fct_invoices.invoice_id IS 'Счёт / Invoice';
COMMENT ON COLUMN bi.fct_invoices.deal_id IS 'Сделка / Deal';
COMMENT ON COLUMN bi.fct_invoices.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_invoices.kind IS 'Вид: prepayment, full, final / Kind: prepayment, full, final';
COMMENT ON COLUMN bi.fct_invoices.status IS 'Состояние: open, paid, overdue, cancelled / State: open, paid, overdue, cancelled';
COMMENT ON COLUMN bi.fct_invoices.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.fct_invoices.manager_id IS 'Ответственный сотрудник / Member of staff responsible';
COMMENT ON COLUMN bi.fct_invoices.currency_code IS 'Валюта, ISO 4217 / Currency, ISO 4217';
COMMENT ON COLUMN bi.fct_invoices.amount IS 'Сумма в валюте / Amount in the currency';
COMMENT ON COLUMN bi.fct_invoices.paid_amount IS 'Зачтено платежей / Payments allocated';
COMMENT ON COLUMN bi.fct_invoices.outstanding_amount IS 'Осталось получить / Still to be received';
COMMENT ON COLUMN bi.fct_invoices.due_date IS 'Последний день оплаты / The last day to pay';
COMMENT ON COLUMN bi.fct_invoices.issued_date IS 'Выставлен, день в часовом поясе компании / Issued, day in the business time zone';
COMMENT ON COLUMN bi.fct_invoices.issued_at IS 'Когда выставлен / When it was issued';
COMMENT ON COLUMN bi.fct_invoices.overdue_at IS 'Когда просрочен / When it became overdue';
COMMENT ON COLUMN bi.fct_invoices.cancelled_at IS 'Когда отменён / When it was cancelled';
COMMENT ON COLUMN bi.fct_invoices.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_invoices.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_invoices TO bi_reader;
