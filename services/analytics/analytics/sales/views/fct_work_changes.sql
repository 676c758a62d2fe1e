CREATE OR REPLACE VIEW bi.fct_work_changes WITH (security_invoker = true) AS
SELECT h.work_id,
       h.version AS change_number,
       h.deal_id,
       h.customer_id,
       h.change,
       h.stage,
       h.responsible_id,
       d.direction,
       h.on_date,
       h.until_date,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM work_changes h JOIN deals d USING (deal_id);

COMMENT ON VIEW bi.fct_work_changes IS 'Работа после продажи: одна строка на событие / Work after the sale: one row per event';
COMMENT ON COLUMN bi.fct_work_changes.work_id IS 'Работа после продажи / Work after the sale';
COMMENT ON COLUMN bi.fct_work_changes.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_work_changes.deal_id IS 'Сделка / Deal';
COMMENT ON COLUMN bi.fct_work_changes.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_work_changes.change IS 'Что случилось: opened, stage_started, stage_finished, stage_skipped, stage_overdue, edits_requested, edits_made, accepted, completed, guarantee_ended, cancelled / What happened: opened, stage_started, stage_finished, stage_skipped, stage_overdue, edits_requested, edits_made, accepted, completed, guarantee_ended, cancelled';
COMMENT ON COLUMN bi.fct_work_changes.stage IS 'Этап / Stage';
COMMENT ON COLUMN bi.fct_work_changes.responsible_id IS 'Кто просрочил / Who is late';
COMMENT ON COLUMN bi.fct_work_changes.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.fct_work_changes.on_date IS 'День, к которому относится / The day that it is of';
COMMENT ON COLUMN bi.fct_work_changes.until_date IS 'Последний день этапа или гарантии / The last day of the stage or guarantee';
COMMENT ON COLUMN bi.fct_work_changes.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_work_changes.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_work_changes.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_work_changes.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_work_changes TO bi_reader;
