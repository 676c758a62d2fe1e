CREATE OR REPLACE VIEW bi.dim_organisation_person WITH (security_invoker = true) AS
SELECT h.organisation_id,
       h.customer_id,
       h.is_primary,
       h.since_date,
       h.until_date
  FROM (SELECT DISTINCT ON (organisation_id, customer_id) * FROM organisation_people
         ORDER BY organisation_id, customer_id, version DESC) h
 WHERE h.is_attached;

COMMENT ON VIEW bi.dim_organisation_person IS 'Кто из клиентов действует за организации сейчас / Which customers act for organisations now';
COMMENT ON COLUMN bi.dim_organisation_person.organisation_id IS 'Организация, без названия / Organisation, no name';
COMMENT ON COLUMN bi.dim_organisation_person.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.dim_organisation_person.is_primary IS 'С кем говорят в первую очередь / Who is spoken with first';
COMMENT ON COLUMN bi.dim_organisation_person.since_date IS 'С какого дня / From what day';
COMMENT ON COLUMN bi.dim_organisation_person.until_date IS 'По какой день / Until what day';

GRANT SELECT ON bi.dim_organisation_person TO bi_reader;
