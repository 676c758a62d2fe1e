CREATE OR REPLACE VIEW bi.fct_delivery_reports WITH (security_invoker = true) AS
SELECT h.delivery_id,
       h.version AS change_number,
       h.message_id,
       h.customer_id,
       h.intake,
       h.source,
       h.state,
       h.reason,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM delivery_reports h;

COMMENT ON VIEW bi.fct_delivery_reports IS 'Доставка сообщений со слов операторов: одна строка на состояние / Delivery of messages as providers tell it: one row per state';
COMMENT ON COLUMN bi.fct_delivery_reports.delivery_id IS 'Доставка / Delivery';
COMMENT ON COLUMN bi.fct_delivery_reports.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_delivery_reports.message_id IS 'Сообщение / Message';
COMMENT ON COLUMN bi.fct_delivery_reports.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_delivery_reports.intake IS 'Способ приёма / Way in which it was received';
COMMENT ON COLUMN bi.fct_delivery_reports.source IS 'Источник внутри канала / Source within the channel';
COMMENT ON COLUMN bi.fct_delivery_reports.state IS 'Состояние: accepted, sent, delivered, read, opened, clicked, deferred, failed, bounced, complained, unsubscribed / State: accepted, sent, delivered, read, opened, clicked, deferred, failed, bounced, complained, unsubscribed';
COMMENT ON COLUMN bi.fct_delivery_reports.reason IS 'Причина, код / Reason, a code';
COMMENT ON COLUMN bi.fct_delivery_reports.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_delivery_reports.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_delivery_reports.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_delivery_reports.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_delivery_reports TO bi_reader;
