CREATE OR REPLACE VIEW bi.fct_customer_assignments WITH (security_invoker = true) AS
SELECT h.customer_id,
       h.version AS change_number,
       h.manager_id,
       h.previous_manager_id,
       h.reason,
       lead(h.version) OVER customer IS NULL AS is_current,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM customer_assignments h
WINDOW customer AS (PARTITION BY h.customer_id ORDER BY h.version);

COMMENT ON VIEW bi.fct_customer_assignments IS 'Кто отвечал за клиентов: одна строка на смену / Who was responsible for customers: one row per change';
COMMENT ON COLUMN bi.fct_customer_assignments.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_customer_assignments.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_customer_assignments.manager_id IS 'Ответственный сотрудник / Member of staff responsible';
COMMENT ON COLUMN bi.fct_customer_assignments.previous_manager_id IS 'Кто отвечал раньше / Who was responsible before';
COMMENT ON COLUMN bi.fct_customer_assignments.reason IS 'Причина, код / Reason, a code';
COMMENT ON COLUMN bi.fct_customer_assignments.is_current IS 'Действует сейчас / Holds now';
COMMENT ON COLUMN bi.fct_customer_assignments.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_customer_assignments.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_customer_assignments.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_customer_assignments.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_customer_assignments TO bi_reader;
