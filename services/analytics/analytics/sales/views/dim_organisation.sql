CREATE OR REPLACE VIEW bi.dim_organisation WITH (security_invoker = true) AS
SELECT o.organisation_id,
       o.kind,
       o.region,
       o.direction,
       responsible.manager_id,
       o.registered_at,
       o.recorded_at,
       o.loaded_at,
       o.updated_at
  FROM organisations o
  LEFT JOIN LATERAL (SELECT manager_id FROM organisation_assignments h WHERE h.organisation_id = o.organisation_id
                      ORDER BY version DESC LIMIT 1) responsible ON true
 WHERE o.registered_at IS NOT NULL;

COMMENT ON VIEW bi.dim_organisation IS 'Организации без названий и реквизитов / Organisations without names and requisites';
COMMENT ON COLUMN bi.dim_organisation.organisation_id IS 'Организация, без названия / Organisation, no name';
COMMENT ON COLUMN bi.dim_organisation.kind IS 'Вид: company, sole_trader; по длине ИНН / Kind: company, sole_trader; by the length of the INN';
COMMENT ON COLUMN bi.dim_organisation.region IS 'Код региона: первые цифры ИНН / Code of the region: the first digits of the INN';
COMMENT ON COLUMN bi.dim_organisation.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.dim_organisation.manager_id IS 'Ответственный сотрудник / Member of staff responsible';
COMMENT ON COLUMN bi.dim_organisation.registered_at IS 'Когда заведена / When it was entered';
COMMENT ON COLUMN bi.dim_organisation.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.dim_organisation.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';
COMMENT ON COLUMN bi.dim_organisation.updated_at IS 'Когда строка записана последний раз; читайте новое с запасом в несколько минут / When the row was last written; read what is new with a margin of some minutes';

GRANT SELECT ON bi.dim_organisation TO bi_reader;
