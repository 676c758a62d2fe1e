CREATE OR REPLACE VIEW bi.fct_call_requests WITH (security_invoker = true) AS
SELECT c.command_id,
       c.customer_id,
       c.lead_id,
       c.interaction_id,
       c.manager_id,
       c.direction,
       c.refusal_reason,
       (c.requested_at AT TIME ZONE :timezone)::date AS requested_date,
       c.requested_at,
       c.placed_at,
       c.refused_at,
       c.loaded_at,
       c.updated_at
  FROM call_requests c
 WHERE c.requested_at IS NOT NULL;

COMMENT ON VIEW bi.fct_call_requests IS 'Звонки по щелчку: одна строка на просьбу соединить / Clicks to call: one row per request to connect';
COMMENT ON COLUMN bi.fct_call_requests.command_id IS 'Просьба / Request';
COMMENT ON COLUMN bi.fct_call_requests.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_call_requests.lead_id IS 'Лид / Lead';
COMMENT ON COLUMN bi.fct_call_requests.interaction_id IS 'Звонок, который получился / The call that came of it';
COMMENT ON COLUMN bi.fct_call_requests.manager_id IS 'Ответственный сотрудник / Member of staff responsible';
COMMENT ON COLUMN bi.fct_call_requests.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.fct_call_requests.refusal_reason IS 'Почему станция отказала / Why the exchange refused';
COMMENT ON COLUMN bi.fct_call_requests.requested_date IS 'Запрошен, день в часовом поясе компании / Requested, day in the business time zone';
COMMENT ON COLUMN bi.fct_call_requests.requested_at IS 'Когда запрошен / When it was requested';
COMMENT ON COLUMN bi.fct_call_requests.placed_at IS 'Когда станция приняла / When the exchange took it';
COMMENT ON COLUMN bi.fct_call_requests.refused_at IS 'Когда станция отказала / When the exchange refused';
COMMENT ON COLUMN bi.fct_call_requests.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';
COMMENT ON COLUMN bi.fct_call_requests.updated_at IS 'Когда строка записана последний раз; читайте новое с запасом в несколько минут / When the row was last written; read what is new with a margin of some minutes';

GRANT SELECT ON bi.fct_call_requests TO bi_reader;
