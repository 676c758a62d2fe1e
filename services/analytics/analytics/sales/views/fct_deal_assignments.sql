CREATE OR REPLACE VIEW bi.fct_deal_assignments WITH (security_invoker = true) AS
SELECT h.deal_id,
       h.version AS change_number,
       d.pipeline,
       d.direction,
       h.manager_id,
       h.previous_manager_id,
       h.reason,
       lead(h.version) OVER deal IS NULL AS is_current,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM deal_assignments h JOIN deals d USING (deal_id)
WINDOW deal AS (PARTITION BY h.deal_id ORDER BY h.version);

COMMENT ON VIEW bi.fct_deal_assignments IS 'Кто отвечал за сделки: одна строка на смену / Who was responsible for deals: one row per change';
COMMENT ON COLUMN bi.fct_deal_assignments.deal_id IS 'Сделка / Deal';
COMMENT ON COLUMN bi.fct_deal_assignments.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_deal_assignments.pipeline IS 'Воронка / Pipeline';
COMMENT ON COLUMN bi.fct_deal_assignments.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.fct_deal_assignments.manager_id IS 'Ответственный сотрудник / Member of staff responsible';
COMMENT ON COLUMN bi.fct_deal_assignments.previous_manager_id IS 'Кто отвечал раньше / Who was responsible before';
COMMENT ON COLUMN bi.fct_deal_assignments.reason IS 'Причина, код / Reason, a code';
COMMENT ON COLUMN bi.fct_deal_assignments.is_current IS 'Действует сейчас / Holds now';
COMMENT ON COLUMN bi.fct_deal_assignments.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_deal_assignments.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_deal_assignments.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_deal_assignments.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_deal_assignments TO bi_reader;
