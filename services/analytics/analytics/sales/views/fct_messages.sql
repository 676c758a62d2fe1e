CREATE OR REPLACE VIEW bi.fct_messages WITH (security_invoker = true) AS
SELECT m.message_id,
       m.customer_id,
       m.medium,
       m.template,
       m.rule,
       m.failure_reason,
       m.attempts,
       m.sent_at IS NOT NULL AS is_sent,
       (m.requested_at AT TIME ZONE :timezone)::date AS requested_date,
       m.requested_at,
       m.sent_at,
       m.failed_at,
       m.loaded_at,
       m.updated_at,
       read.opened_at,
       read.clicked_at,
       m.recorded_at,
       m.unconfirmed_at
  FROM messages m
  LEFT JOIN LATERAL (SELECT min(occurred_at) FILTER (WHERE change = 'opened' AND NOT is_machine) AS opened_at,
                            min(occurred_at) FILTER (WHERE change = 'clicked' AND NOT is_machine) AS clicked_at
                       FROM message_changes h WHERE h.message_id = m.message_id) read ON true
 WHERE m.requested_at IS NOT NULL;

COMMENT ON VIEW bi.fct_messages IS 'Сообщения клиентам по правилам: одна строка на сообщение, без текста / Messages to customers by rules: one row each, without text';
COMMENT ON COLUMN bi.fct_messages.message_id IS 'Сообщение / Message';
COMMENT ON COLUMN bi.fct_messages.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_messages.medium IS 'Средство: email и другие / Medium: email and others';
COMMENT ON COLUMN bi.fct_messages.template IS 'Шаблон / Template';
COMMENT ON COLUMN bi.fct_messages.rule IS 'Правило / Rule';
COMMENT ON COLUMN bi.fct_messages.failure_reason IS 'Почему не отправлено / Why it was not sent';
COMMENT ON COLUMN bi.fct_messages.attempts IS 'Сколько было попыток / How many attempts it took';
COMMENT ON COLUMN bi.fct_messages.is_sent IS 'Отправлено / Sent';
COMMENT ON COLUMN bi.fct_messages.requested_date IS 'Решено отправить, день в часовом поясе компании / Requested, day in the business time zone';
COMMENT ON COLUMN bi.fct_messages.requested_at IS 'Когда решено отправить / When it was requested';
COMMENT ON COLUMN bi.fct_messages.sent_at IS 'Когда отправлено / When it was sent';
COMMENT ON COLUMN bi.fct_messages.failed_at IS 'Когда отправка прекращена / When it was given up';
COMMENT ON COLUMN bi.fct_messages.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';
COMMENT ON COLUMN bi.fct_messages.updated_at IS 'Когда строка записана последний раз; читайте новое с запасом в несколько минут / When the row was last written; read what is new with a margin of some minutes';
COMMENT ON COLUMN bi.fct_messages.opened_at IS 'Когда впервые открыто человеком / When a person first opened it';
COMMENT ON COLUMN bi.fct_messages.clicked_at IS 'Когда человек впервые перешёл по ссылке / When a person first followed a link';
COMMENT ON COLUMN bi.fct_messages.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_messages.unconfirmed_at IS 'Когда передано без ответа провайдера: взял ли он сообщение, неизвестно / When it was handed over and the provider did not answer: whether he took it is not known';

GRANT SELECT ON bi.fct_messages TO bi_reader;
