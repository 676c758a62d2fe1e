CREATE OR REPLACE VIEW bi.fct_sequence_changes WITH (security_invoker = true) AS
SELECT h.enrolment_id,
       h.version AS change_number,
       h.customer_id,
       h.lead_id,
       h.deal_id,
       h.message_id,
       h.sequence,
       h.change,
       h.step,
       h.outcome,
       h.reason,
       h.sequence_version,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM sequence_changes h;

COMMENT ON VIEW bi.fct_sequence_changes IS 'Клиенты в цепочках сообщений: одна строка на событие / Customers in sequences of messages: one row per event';
COMMENT ON COLUMN bi.fct_sequence_changes.enrolment_id IS 'Прохождение цепочки / Passage through a sequence';
COMMENT ON COLUMN bi.fct_sequence_changes.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_sequence_changes.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_sequence_changes.lead_id IS 'Лид / Lead';
COMMENT ON COLUMN bi.fct_sequence_changes.deal_id IS 'Сделка / Deal';
COMMENT ON COLUMN bi.fct_sequence_changes.message_id IS 'Сообщение / Message';
COMMENT ON COLUMN bi.fct_sequence_changes.sequence IS 'Цепочка / Sequence';
COMMENT ON COLUMN bi.fct_sequence_changes.change IS 'Что случилось: entered, step_taken, paused, resumed, left / What happened: entered, step_taken, paused, resumed, left';
COMMENT ON COLUMN bi.fct_sequence_changes.step IS 'Шаг / Step';
COMMENT ON COLUMN bi.fct_sequence_changes.outcome IS 'Чем кончился шаг: sent, waits, then, otherwise / How the step ended: sent, waits, then, otherwise';
COMMENT ON COLUMN bi.fct_sequence_changes.reason IS 'Причина, код / Reason, a code';
COMMENT ON COLUMN bi.fct_sequence_changes.sequence_version IS 'Версия цепочки / Version of the sequence';
COMMENT ON COLUMN bi.fct_sequence_changes.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_sequence_changes.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_sequence_changes.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_sequence_changes.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_sequence_changes TO bi_reader;
