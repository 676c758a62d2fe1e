CREATE OR REPLACE VIEW bi.fct_marketing_event_results WITH (security_invoker = true) AS
SELECT h.marketing_event_id,
       h.version AS change_number,
       h.organisation_id,
       e.direction,
       h.loyalty,
       h.interest,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM marketing_event_results h JOIN marketing_events e USING (marketing_event_id);

COMMENT ON VIEW bi.fct_marketing_event_results IS 'Итоги мероприятий по организациям / Results of marketing events by organisation';
COMMENT ON COLUMN bi.fct_marketing_event_results.marketing_event_id IS 'Мероприятие / Marketing event';
COMMENT ON COLUMN bi.fct_marketing_event_results.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_marketing_event_results.organisation_id IS 'Организация, без названия / Organisation, no name';
COMMENT ON COLUMN bi.fct_marketing_event_results.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.fct_marketing_event_results.loyalty IS 'Лояльность, от 1 до 5 / Loyalty, from 1 to 5';
COMMENT ON COLUMN bi.fct_marketing_event_results.interest IS 'Интерес, от 1 до 5 / Interest, from 1 to 5';
COMMENT ON COLUMN bi.fct_marketing_event_results.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_marketing_event_results.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_marketing_event_results.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_marketing_event_results.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_marketing_event_results TO bi_reader;
