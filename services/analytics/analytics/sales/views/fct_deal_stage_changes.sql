CREATE OR REPLACE VIEW bi.fct_deal_stage_changes WITH (security_invoker = true) AS
SELECT v.deal_id,
       v.version AS change_number,
       d.pipeline,
       lag(v.stage) OVER deal AS from_stage,
       v.stage,
       v.kind AS stage_kind,
       d.direction,
       d.manager_id,
       (extract(epoch FROM lead(v.occurred_at) OVER deal - v.occurred_at) / 3600)::numeric(18, 2) AS hours_in_stage,
       lead(v.version) OVER deal IS NULL AS is_current,
       (v.occurred_at AT TIME ZONE :timezone)::date AS entered_date,
       v.occurred_at AS entered_at,
       lead(v.occurred_at) OVER deal AS left_at,
       v.loaded_at,
       v.change,
       v.reason AS lost_reason,
       v.recorded_at
  FROM deal_stage_changes v LEFT JOIN deals d USING (deal_id)
WINDOW deal AS (PARTITION BY v.deal_id ORDER BY v.version);

COMMENT ON VIEW bi.fct_deal_stage_changes IS 'История этапов: одна строка на вход сделки в этап / History of stages: one row per entry of a deal into a stage';
COMMENT ON COLUMN bi.fct_deal_stage_changes.deal_id IS 'Сделка / Deal';
COMMENT ON COLUMN bi.fct_deal_stage_changes.change_number IS 'Номер события сделки: порядок входов / Number of the deal''s event: the order of entries';
COMMENT ON COLUMN bi.fct_deal_stage_changes.pipeline IS 'Воронка / Pipeline';
COMMENT ON COLUMN bi.fct_deal_stage_changes.from_stage IS 'Этап, из которого пришла / Stage it came from';
COMMENT ON COLUMN bi.fct_deal_stage_changes.stage IS 'Этап, в который вошла / Stage it entered';
COMMENT ON COLUMN bi.fct_deal_stage_changes.stage_kind IS 'Вид этапа: open, nurture, won, lost / Kind of the stage: open, nurture, won, lost';
COMMENT ON COLUMN bi.fct_deal_stage_changes.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.fct_deal_stage_changes.manager_id IS 'Ответственный сейчас / Who is responsible now';
COMMENT ON COLUMN bi.fct_deal_stage_changes.hours_in_stage IS 'Часов в этапе, пусто для нынешнего / Hours in the stage, empty for the present one';
COMMENT ON COLUMN bi.fct_deal_stage_changes.is_current IS 'Сделка в этом этапе сейчас / The deal is in this stage now';
COMMENT ON COLUMN bi.fct_deal_stage_changes.entered_date IS 'Вошла, день в часовом поясе компании / Entered, day in the business time zone';
COMMENT ON COLUMN bi.fct_deal_stage_changes.entered_at IS 'Когда вошла / When it entered';
COMMENT ON COLUMN bi.fct_deal_stage_changes.left_at IS 'Когда вышла / When it left';
COMMENT ON COLUMN bi.fct_deal_stage_changes.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';
COMMENT ON COLUMN bi.fct_deal_stage_changes.change IS 'Что случилось: opened, moved, won, lost, reopened / What happened: opened, moved, won, lost, reopened';
COMMENT ON COLUMN bi.fct_deal_stage_changes.lost_reason IS 'Причина проигрыша / Why it was lost';
COMMENT ON COLUMN bi.fct_deal_stage_changes.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';

GRANT SELECT ON bi.fct_deal_stage_changes TO bi_reader;
