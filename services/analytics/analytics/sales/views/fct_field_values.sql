CREATE OR REPLACE VIEW bi.fct_field_values WITH (security_invoker = true) AS
SELECT h.subject,
       h.subject_id,
       h.field,
       v.value,
       v.number::numeric(18, 2) AS value_number,
       v.currency::character varying(3) AS currency_code,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM (SELECT DISTINCT ON (subject_id, field) * FROM trait_changes ORDER BY subject_id, field, version DESC) h
 CROSS JOIN LATERAL (
   SELECT one #>> '{}' AS value, CASE jsonb_typeof(one) WHEN 'number' THEN (one #>> '{}')::numeric END AS number, NULL AS currency
     FROM jsonb_array_elements(CASE jsonb_typeof(h.value) WHEN 'array' THEN h.value ELSE jsonb_build_array(h.value) END) AS one
    WHERE jsonb_typeof(h.value) <> 'object'
    UNION ALL
   SELECT h.value->>'amount', (h.value->>'amount')::numeric, h.value->>'currency' WHERE jsonb_typeof(h.value) = 'object'
 ) v
 WHERE h.value IS NOT NULL
   AND NOT EXISTS (SELECT FROM field_definitions d
                    WHERE d.subject = h.subject AND d.field = h.field AND d.is_personal
                      AND d.version = (SELECT max(n.version) FROM field_definitions n
                                        WHERE n.subject = d.subject AND n.field = d.field AND NOT n.is_retired));

COMMENT ON VIEW bi.fct_field_values IS 'Значения своих полей сейчас, без персональных; у списка по строке на значение / Values of custom fields now, without personal ones; a list has a row per value';
COMMENT ON COLUMN bi.fct_field_values.subject IS 'Чей: customer, organisation, lead, deal / Whose: customer, organisation, lead, deal';
COMMENT ON COLUMN bi.fct_field_values.subject_id IS 'Идентификатор того, чей он / Id of whose it is';
COMMENT ON COLUMN bi.fct_field_values.field IS 'Поле / Field';
COMMENT ON COLUMN bi.fct_field_values.value IS 'Значение текстом / Value as text';
COMMENT ON COLUMN bi.fct_field_values.value_number IS 'Значение числом, если это число или деньги / Value as a number, if it is a number or money';
COMMENT ON COLUMN bi.fct_field_values.currency_code IS 'Валюта, ISO 4217 / Currency, ISO 4217';
COMMENT ON COLUMN bi.fct_field_values.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_field_values.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_field_values.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_field_values.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_field_values TO bi_reader;
