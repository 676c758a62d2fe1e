CREATE OR REPLACE VIEW bi.fct_segment_changes WITH (security_invoker = true) AS
SELECT h.customer_id,
       h.version AS change_number,
       h.segment,
       h.previous_segment,
       h.reason,
       h.currency::character varying(3) AS currency_code,
       h.revenue::numeric(18, 2) AS revenue,
       lead(h.version) OVER customer IS NULL AS is_current,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM customer_segments h
WINDOW customer AS (PARTITION BY h.customer_id ORDER BY h.version);

COMMENT ON VIEW bi.fct_segment_changes IS 'История сегментов клиентов: одна строка на смену / History of customers'' segments: one row per change';
COMMENT ON COLUMN bi.fct_segment_changes.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_segment_changes.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_segment_changes.segment IS 'Сегмент: gold, silver, bronze, casual / Segment: gold, silver, bronze, casual';
COMMENT ON COLUMN bi.fct_segment_changes.previous_segment IS 'Прежний сегмент / Segment before';
COMMENT ON COLUMN bi.fct_segment_changes.reason IS 'Причина, код / Reason, a code';
COMMENT ON COLUMN bi.fct_segment_changes.currency_code IS 'Валюта, ISO 4217 / Currency, ISO 4217';
COMMENT ON COLUMN bi.fct_segment_changes.revenue IS 'Выручка клиента за окно / The customer''s revenue in the window';
COMMENT ON COLUMN bi.fct_segment_changes.is_current IS 'Действует сейчас / Holds now';
COMMENT ON COLUMN bi.fct_segment_changes.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_segment_changes.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_segment_changes.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_segment_changes.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_segment_changes TO bi_reader;
