CREATE OR REPLACE VIEW bi.fct_customer_merges WITH (security_invoker = true) AS
SELECT h.customer_id,
       h.version AS change_number,
       h.into_customer_id,
       h.reason,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM customer_merges h;

COMMENT ON VIEW bi.fct_customer_merges IS 'Слияния и разделения карточек / Merges and splits of cards';
COMMENT ON COLUMN bi.fct_customer_merges.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_customer_merges.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_customer_merges.into_customer_id IS 'Карточка, с которой слита; пусто: разделены / The card that it was merged into; empty: split';
COMMENT ON COLUMN bi.fct_customer_merges.reason IS 'Причина, код / Reason, a code';
COMMENT ON COLUMN bi.fct_customer_merges.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_customer_merges.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_customer_merges.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_customer_merges.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_customer_merges TO bi_reader;
