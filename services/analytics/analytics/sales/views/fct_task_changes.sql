CREATE OR REPLACE VIEW bi.fct_task_changes WITH (security_invoker = true) AS
SELECT h.task_id,
       h.version AS change_number,
       t.lead_id,
       t.deal_id,
       h.change,
       h.assignee AS manager_id,
       h.priority,
       h.result,
       h.due_at,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM task_changes h LEFT JOIN tasks t USING (task_id);

COMMENT ON VIEW bi.fct_task_changes IS 'История задач: одна строка на событие / History of tasks: one row per event';
COMMENT ON COLUMN bi.fct_task_changes.task_id IS 'Задача / Task';
COMMENT ON COLUMN bi.fct_task_changes.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_task_changes.lead_id IS 'Лид / Lead';
COMMENT ON COLUMN bi.fct_task_changes.deal_id IS 'Сделка / Deal';
COMMENT ON COLUMN bi.fct_task_changes.change IS 'Что случилось: created, assigned, rescheduled, prioritised, overdue, completed / What happened: created, assigned, rescheduled, prioritised, overdue, completed';
COMMENT ON COLUMN bi.fct_task_changes.manager_id IS 'Исполнитель, если сказано / Who is to do it, where told';
COMMENT ON COLUMN bi.fct_task_changes.priority IS 'Срочность, если сказано / Priority, where told';
COMMENT ON COLUMN bi.fct_task_changes.result IS 'Итог, если сказано / Result, where told';
COMMENT ON COLUMN bi.fct_task_changes.due_at IS 'Срок, если сказано / When it is due, where told';
COMMENT ON COLUMN bi.fct_task_changes.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_task_changes.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_task_changes.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_task_changes.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_task_changes TO bi_reader;
