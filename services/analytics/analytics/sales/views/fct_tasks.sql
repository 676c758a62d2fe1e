CREATE OR REPLACE VIEW bi.fct_tasks WITH (security_invoker = true) AS
SELECT t.task_id,
       t.lead_id,
       t.deal_id,
       t.customer_id,
       t.kind,
       t.rule,
       t.assignee AS manager_id,
       t.result,
       t.completed_at IS NOT NULL AS is_completed,
       coalesce(t.completed_at, now()) > t.due_at AS is_late,
       (t.created_at AT TIME ZONE :timezone)::date AS created_date,
       t.created_at,
       t.due_at,
       t.completed_at,
       t.loaded_at,
       t.updated_at,
       (SELECT count(*) FROM task_changes h WHERE h.task_id = t.task_id AND h.change = 'rescheduled') AS times_put_off,
       EXISTS (SELECT FROM task_changes h WHERE h.task_id = t.task_id AND h.change = 'overdue') AS was_overdue,
       t.recorded_at
  FROM tasks t
 WHERE t.created_at IS NOT NULL;

COMMENT ON VIEW bi.fct_tasks IS 'Задачи менеджеров: одна строка на задачу / Managers'' tasks: one row per task';
COMMENT ON COLUMN bi.fct_tasks.task_id IS 'Задача / Task';
COMMENT ON COLUMN bi.fct_tasks.lead_id IS 'Обращение / Lead';
COMMENT ON COLUMN bi.fct_tasks.deal_id IS 'Сделка / Deal';
COMMENT ON COLUMN bi.fct_tasks.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_tasks.kind IS 'Вид задачи / Kind of task';
COMMENT ON COLUMN bi.fct_tasks.rule IS 'Правило, которое её поставило / Rule that made it';
COMMENT ON COLUMN bi.fct_tasks.manager_id IS 'Исполнитель / Who is to do it';
COMMENT ON COLUMN bi.fct_tasks.result IS 'Результат / Result';
COMMENT ON COLUMN bi.fct_tasks.is_completed IS 'Выполнена / Done';
COMMENT ON COLUMN bi.fct_tasks.is_late IS 'Выполнена после срока или просрочена сейчас / Done after its due time, or overdue now';
COMMENT ON COLUMN bi.fct_tasks.created_date IS 'Поставлена, день в часовом поясе компании / Made, day in the business time zone';
COMMENT ON COLUMN bi.fct_tasks.created_at IS 'Когда поставлена / When it was made';
COMMENT ON COLUMN bi.fct_tasks.due_at IS 'Срок / Due time';
COMMENT ON COLUMN bi.fct_tasks.completed_at IS 'Когда выполнена / When it was done';
COMMENT ON COLUMN bi.fct_tasks.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';
COMMENT ON COLUMN bi.fct_tasks.updated_at IS 'Когда строка записана последний раз; читайте новое с запасом в несколько минут / When the row was last written; read what is new with a margin of some minutes';
COMMENT ON COLUMN bi.fct_tasks.times_put_off IS 'Сколько раз перенесли / How many times it was put off';
COMMENT ON COLUMN bi.fct_tasks.was_overdue IS 'Хоть раз была просрочена / It was overdue at least once';
COMMENT ON COLUMN bi.fct_tasks.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';

GRANT SELECT ON bi.fct_tasks TO bi_reader;
