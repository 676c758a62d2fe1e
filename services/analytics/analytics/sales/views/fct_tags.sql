CREATE OR REPLACE VIEW bi.fct_tags WITH (security_invoker = true) AS
SELECT h.subject,
       h.subject_id,
       h.tag,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM (SELECT DISTINCT ON (subject_id, tag) * FROM tag_changes ORDER BY subject_id, tag, version DESC) h
 WHERE h.is_added;

COMMENT ON VIEW bi.fct_tags IS 'Метки, которые стоят сейчас / Tags that are there now';
COMMENT ON COLUMN bi.fct_tags.subject IS 'Чей: customer, organisation, lead, deal / Whose: customer, organisation, lead, deal';
COMMENT ON COLUMN bi.fct_tags.subject_id IS 'Идентификатор того, чей он / Id of whose it is';
COMMENT ON COLUMN bi.fct_tags.tag IS 'Метка / Tag';
COMMENT ON COLUMN bi.fct_tags.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_tags.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_tags.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_tags.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_tags TO bi_reader;
