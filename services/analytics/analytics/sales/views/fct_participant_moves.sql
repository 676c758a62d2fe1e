CREATE OR REPLACE VIEW bi.fct_participant_moves WITH (security_invoker = true) AS
SELECT h.participation_id,
       h.version AS change_number,
       h.marketing_event_id,
       h.customer_id,
       h.organisation_id,
       h.stage,
       h.previous_stage,
       e.direction,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM participant_moves h JOIN marketing_events e USING (marketing_event_id);

COMMENT ON VIEW bi.fct_participant_moves IS 'Участники мероприятий: одна строка на переход в этап / Participants of marketing events: one row per stage reached';
COMMENT ON COLUMN bi.fct_participant_moves.participation_id IS 'Участие / Participation';
COMMENT ON COLUMN bi.fct_participant_moves.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_participant_moves.marketing_event_id IS 'Мероприятие / Marketing event';
COMMENT ON COLUMN bi.fct_participant_moves.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_participant_moves.organisation_id IS 'Организация, без названия / Organisation, no name';
COMMENT ON COLUMN bi.fct_participant_moves.stage IS 'Этап / Stage';
COMMENT ON COLUMN bi.fct_participant_moves.previous_stage IS 'Прежний этап / Stage before';
COMMENT ON COLUMN bi.fct_participant_moves.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.fct_participant_moves.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_participant_moves.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_participant_moves.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_participant_moves.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_participant_moves TO bi_reader;
