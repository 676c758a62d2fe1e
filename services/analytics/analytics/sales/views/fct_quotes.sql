CREATE OR REPLACE VIEW bi.fct_quotes WITH (security_invoker = true) AS
SELECT h.quote_id,
       h.version AS change_number,
       h.deal_id,
       h.customer_id,
       h.change,
       h.revision,
       d.direction,
       d.manager_id,
       h.channel,
       h.reason,
       h.party,
       h.currency::character varying(3) AS currency_code,
       h.amount::numeric(18, 2) AS amount,
       h.valid_until AS valid_until_date,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM quote_changes h JOIN deals d USING (deal_id);

COMMENT ON VIEW bi.fct_quotes IS 'История коммерческих предложений: одна строка на событие / History of quotes: one row per event';
COMMENT ON COLUMN bi.fct_quotes.quote_id IS 'Коммерческое предложение / Quote';
COMMENT ON COLUMN bi.fct_quotes.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_quotes.deal_id IS 'Сделка / Deal';
COMMENT ON COLUMN bi.fct_quotes.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_quotes.change IS 'Что случилось: made, revised, sent, accepted, rejected, expired / What happened: made, revised, sent, accepted, rejected, expired';
COMMENT ON COLUMN bi.fct_quotes.revision IS 'Номер редакции / Number of the revision';
COMMENT ON COLUMN bi.fct_quotes.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.fct_quotes.manager_id IS 'Ответственный сотрудник / Member of staff responsible';
COMMENT ON COLUMN bi.fct_quotes.channel IS 'Чем отправлено / How it was sent';
COMMENT ON COLUMN bi.fct_quotes.reason IS 'Причина, код / Reason, a code';
COMMENT ON COLUMN bi.fct_quotes.party IS 'Кто ответил: manager, customer / Who answered: manager, customer';
COMMENT ON COLUMN bi.fct_quotes.currency_code IS 'Валюта, ISO 4217 / Currency, ISO 4217';
COMMENT ON COLUMN bi.fct_quotes.amount IS 'Сумма в валюте / Amount in the currency';
COMMENT ON COLUMN bi.fct_quotes.valid_until_date IS 'Последний день действия / The last day on which it holds';
COMMENT ON COLUMN bi.fct_quotes.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_quotes.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_quotes.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_quotes.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_quotes TO bi_reader;
