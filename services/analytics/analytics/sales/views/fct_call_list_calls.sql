CREATE OR REPLACE VIEW bi.fct_call_list_calls WITH (security_invoker = true) AS
SELECT h.entry_id,
       h.version AS change_number,
       h.lead_id,
       h.customer_id,
       h.call_list,
       h.manager_id,
       h.result,
       h.outcome,
       l.direction,
       h.attempt,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM call_list_changes h JOIN leads l USING (lead_id)
 WHERE h.change = 'called';

COMMENT ON VIEW bi.fct_call_list_calls IS 'Попытки обзвона: одна строка на попытку / Attempts to call by call lists: one row per attempt';
COMMENT ON COLUMN bi.fct_call_list_calls.entry_id IS 'Запись списка / Entry of the list';
COMMENT ON COLUMN bi.fct_call_list_calls.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_call_list_calls.lead_id IS 'Лид / Lead';
COMMENT ON COLUMN bi.fct_call_list_calls.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_call_list_calls.call_list IS 'Список обзвона / Call list';
COMMENT ON COLUMN bi.fct_call_list_calls.manager_id IS 'Ответственный сотрудник / Member of staff responsible';
COMMENT ON COLUMN bi.fct_call_list_calls.result IS 'Итог попытки / Result of the attempt';
COMMENT ON COLUMN bi.fct_call_list_calls.outcome IS 'Чем закончена запись / How the entry ended';
COMMENT ON COLUMN bi.fct_call_list_calls.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.fct_call_list_calls.attempt IS 'Номер попытки / Number of the attempt';
COMMENT ON COLUMN bi.fct_call_list_calls.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_call_list_calls.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_call_list_calls.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_call_list_calls.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_call_list_calls TO bi_reader;
