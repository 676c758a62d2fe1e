CREATE OR REPLACE VIEW bi.fct_site_visits WITH (security_invoker = true) AS
SELECT h.visitor_id,
       h.version AS change_number,
       h.customer_id,
       h.source,
       h.viewed,
       h.first_at,
       h.last_at,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM site_visits h;

COMMENT ON VIEW bi.fct_site_visits IS 'Посещения сайта известными клиентами / Visits to a site by known customers';
COMMENT ON COLUMN bi.fct_site_visits.visitor_id IS 'Посетитель / Visitor';
COMMENT ON COLUMN bi.fct_site_visits.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_site_visits.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_site_visits.source IS 'Источник внутри канала / Source within the channel';
COMMENT ON COLUMN bi.fct_site_visits.viewed IS 'Сколько страниц и товаров / How many pages and products';
COMMENT ON COLUMN bi.fct_site_visits.first_at IS 'Начало / Begin';
COMMENT ON COLUMN bi.fct_site_visits.last_at IS 'Конец / End';
COMMENT ON COLUMN bi.fct_site_visits.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_site_visits.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_site_visits.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_site_visits.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_site_visits TO bi_reader;
