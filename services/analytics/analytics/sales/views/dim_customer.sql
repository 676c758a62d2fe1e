CREATE OR REPLACE VIEW bi.dim_customer WITH (security_invoker = true) AS
SELECT c.customer_id,
       c.direction,
       c.erased_at IS NOT NULL AS is_erased,
       c.registered_at,
       c.erased_at,
       c.loaded_at,
       c.updated_at
  FROM customers c
 WHERE c.registered_at IS NOT NULL;

COMMENT ON VIEW bi.dim_customer IS 'Клиенты без персональных данных / Customers without personal data';
COMMENT ON COLUMN bi.dim_customer.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.dim_customer.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.dim_customer.is_erased IS 'Персональные данные удалены / Personal data are erased';
COMMENT ON COLUMN bi.dim_customer.registered_at IS 'Когда заведён / When the card was made';
COMMENT ON COLUMN bi.dim_customer.erased_at IS 'Когда данные удалены / When the data were erased';
COMMENT ON COLUMN bi.dim_customer.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';
COMMENT ON COLUMN bi.dim_customer.updated_at IS 'Когда строка записана последний раз; читайте новое с запасом в несколько минут / When the row was last written; read what is new with a margin of some minutes';

GRANT SELECT ON bi.dim_customer TO bi_reader;
