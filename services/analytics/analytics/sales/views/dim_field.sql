CREATE OR REPLACE VIEW bi.dim_field WITH (security_invoker = true) AS
SELECT d.subject,
       d.field,
       d.kind,
       d.field_title,
       EXISTS (SELECT FROM field_definitions r WHERE r.subject = d.subject AND r.field = d.field AND r.version > d.version AND r.is_retired) AS is_retired
  FROM (SELECT DISTINCT ON (subject, field) * FROM field_definitions WHERE NOT is_retired ORDER BY subject, field, version DESC) d
 WHERE NOT d.is_personal;

COMMENT ON VIEW bi.dim_field IS 'Свои поля карточек, как они заданы сейчас; персональных нет / Custom fields as they are defined now; personal ones are left out';
COMMENT ON COLUMN bi.dim_field.subject IS 'Чей: customer, organisation, lead, deal / Whose: customer, organisation, lead, deal';
COMMENT ON COLUMN bi.dim_field.field IS 'Поле / Field';
COMMENT ON COLUMN bi.dim_field.kind IS 'Вид значения / Kind of its value';
COMMENT ON COLUMN bi.dim_field.field_title IS 'Название / Title';
COMMENT ON COLUMN bi.dim_field.is_retired IS 'Больше не заполняется / Not filled in any more';

GRANT SELECT ON bi.dim_field TO bi_reader;
