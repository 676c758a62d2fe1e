CREATE OR REPLACE VIEW bi.fct_interactions WITH (security_invoker = true) AS
SELECT i.interaction_id,
       i.customer_id,
       i.organisation_id,
       i.lead_id,
       i.deal_id,
       i.kind,
       i.flow,
       i.intake,
       i.source,
       i.direction,
       i.manager_id,
       i.call_result,
       i.result,
       i.cancel_reason,
       i.duration_seconds,
       i.talk_seconds,
       i.is_held,
       i.planned_at IS NOT NULL AS was_planned,
       i.missed_at IS NOT NULL AS is_missed,
       (i.took_place_at AT TIME ZONE :timezone)::date AS took_place_date,
       i.took_place_at,
       i.planned_at,
       i.concluded_at,
       i.cancelled_at,
       i.missed_at,
       i.returned_at,
       i.recorded_at,
       i.loaded_at,
       i.updated_at
  FROM interactions i
 WHERE i.began_at IS NOT NULL;

COMMENT ON VIEW bi.fct_interactions IS 'Контакты с клиентами: звонки, письма, сообщения, встречи, визиты; одна строка на контакт / Contacts with customers: calls, letters, messages, meetings, visits; one row per contact';
COMMENT ON COLUMN bi.fct_interactions.interaction_id IS 'Контакт / Contact';
COMMENT ON COLUMN bi.fct_interactions.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_interactions.organisation_id IS 'Организация, без названия / Organisation, no name';
COMMENT ON COLUMN bi.fct_interactions.lead_id IS 'Лид / Lead';
COMMENT ON COLUMN bi.fct_interactions.deal_id IS 'Сделка / Deal';
COMMENT ON COLUMN bi.fct_interactions.kind IS 'Вид: call, email, message, meeting, visit / Kind: call, email, message, meeting, visit';
COMMENT ON COLUMN bi.fct_interactions.flow IS 'Кто начал: in клиент, out компания / Who began: in the customer, out the company';
COMMENT ON COLUMN bi.fct_interactions.intake IS 'Способ приёма / Way in which it was received';
COMMENT ON COLUMN bi.fct_interactions.source IS 'Источник внутри канала / Source within the channel';
COMMENT ON COLUMN bi.fct_interactions.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.fct_interactions.manager_id IS 'Ответственный сотрудник / Member of staff responsible';
COMMENT ON COLUMN bi.fct_interactions.call_result IS 'Чем кончился звонок: answered, missed, busy, failed / How the call ended: answered, missed, busy, failed';
COMMENT ON COLUMN bi.fct_interactions.result IS 'Итог со слов сотрудника / Result as the employee told it';
COMMENT ON COLUMN bi.fct_interactions.cancel_reason IS 'Почему отменён / Why it was cancelled';
COMMENT ON COLUMN bi.fct_interactions.duration_seconds IS 'Длительность, секунд / Duration, seconds';
COMMENT ON COLUMN bi.fct_interactions.talk_seconds IS 'Время разговора, секунд / Time talked, seconds';
COMMENT ON COLUMN bi.fct_interactions.is_held IS 'Состоялся со слов сотрудника / It was held, as the employee told';
COMMENT ON COLUMN bi.fct_interactions.was_planned IS 'Был запланирован / It was planned';
COMMENT ON COLUMN bi.fct_interactions.is_missed IS 'Пропущенный звонок / A missed call';
COMMENT ON COLUMN bi.fct_interactions.took_place_date IS 'Состоялся, день в часовом поясе компании / Took place, day in the business time zone';
COMMENT ON COLUMN bi.fct_interactions.took_place_at IS 'Когда состоялся / When it took place';
COMMENT ON COLUMN bi.fct_interactions.planned_at IS 'На когда запланирован / When it was planned for';
COMMENT ON COLUMN bi.fct_interactions.concluded_at IS 'Когда записан итог / When the result was told';
COMMENT ON COLUMN bi.fct_interactions.cancelled_at IS 'Когда отменён / When it was cancelled';
COMMENT ON COLUMN bi.fct_interactions.missed_at IS 'Когда звонок пропущен / When the call was missed';
COMMENT ON COLUMN bi.fct_interactions.returned_at IS 'Когда перезвонили / When it was called back';
COMMENT ON COLUMN bi.fct_interactions.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_interactions.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';
COMMENT ON COLUMN bi.fct_interactions.updated_at IS 'Когда строка записана последний раз; читайте новое с запасом в несколько минут / When the row was last written; read what is new with a margin of some minutes';

GRANT SELECT ON bi.fct_interactions TO bi_reader;
