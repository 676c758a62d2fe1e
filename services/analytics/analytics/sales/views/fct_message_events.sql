CREATE OR REPLACE VIEW bi.fct_message_events WITH (security_invoker = true) AS
SELECT h.message_id,
       h.version AS change_number,
       h.customer_id,
       h.change,
       h.medium,
       m.template,
       h.purpose,
       h.link,
       h.reason,
       h.is_machine,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM message_changes h LEFT JOIN messages m USING (message_id);

COMMENT ON VIEW bi.fct_message_events IS 'Что стало с сообщениями: одна строка на событие / What became of messages: one row per event';
COMMENT ON COLUMN bi.fct_message_events.message_id IS 'Сообщение / Message';
COMMENT ON COLUMN bi.fct_message_events.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_message_events.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_message_events.change IS 'Что случилось: requested, sent, failed, unconfirmed, delivered, bounced, opened, clicked, replied, unsubscribed / What happened: requested, sent, failed, unconfirmed, delivered, bounced, opened, clicked, replied, unsubscribed';
COMMENT ON COLUMN bi.fct_message_events.medium IS 'Средство: email и другие / Medium: email and others';
COMMENT ON COLUMN bi.fct_message_events.template IS 'Шаблон / Template';
COMMENT ON COLUMN bi.fct_message_events.purpose IS 'Для чего: согласие, по которому пишут / What for: the consent by which it is written';
COMMENT ON COLUMN bi.fct_message_events.link IS 'Место ссылки в тексте / Place of the link in the text';
COMMENT ON COLUMN bi.fct_message_events.reason IS 'Причина, код / Reason, a code';
COMMENT ON COLUMN bi.fct_message_events.is_machine IS 'Похоже, открыла программа, а не человек / A program seems to have opened it, not a person';
COMMENT ON COLUMN bi.fct_message_events.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_message_events.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_message_events.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_message_events.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_message_events TO bi_reader;
