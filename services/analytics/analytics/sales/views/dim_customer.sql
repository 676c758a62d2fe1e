CREATE OR REPLACE VIEW bi.dim_customer WITH (security_invoker = true) AS
SELECT c.customer_id,
       c.direction,
       c.erased_at IS NOT NULL AS is_erased,
       c.registered_at,
       c.erased_at,
       c.loaded_at,
       c.updated_at,
       coalesce(whole.root_id, c.customer_id) AS whole_customer_id,
       whole.root_id IS NOT NULL AS is_merged,
       coalesce(blacklist.is_blacklisted, false) AS is_blacklisted,
       responsible.manager_id,
       CASE WHEN c.erased_at IS NULL THEN greatest(coalesce(known.phones, 0), 0) ELSE 0 END AS phone_count,
       CASE WHEN c.erased_at IS NULL THEN greatest(coalesce(known.emails, 0), 0) ELSE 0 END AS email_count,
       CASE WHEN c.erased_at IS NULL THEN greatest(coalesce(known.messengers, 0), 0) ELSE 0 END AS messenger_count,
       c.recorded_at
  FROM customers c
  LEFT JOIN customer_roots('infinity') whole USING (customer_id)
  LEFT JOIN LATERAL (SELECT manager_id FROM customer_assignments h WHERE h.customer_id = c.customer_id
                      ORDER BY version DESC LIMIT 1) responsible ON true
  LEFT JOIN LATERAL (SELECT sum(change) FILTER (WHERE kind = 'phone') AS phones,
                            sum(change) FILTER (WHERE kind = 'email') AS emails,
                            sum(change) FILTER (WHERE kind = 'messenger') AS messengers
                       FROM customer_contact_changes h WHERE h.customer_id = c.customer_id) known ON true
  LEFT JOIN LATERAL (SELECT is_blacklisted FROM customer_blacklistings h WHERE h.customer_id = c.customer_id
                      ORDER BY version DESC LIMIT 1) blacklist ON true
 WHERE c.registered_at IS NOT NULL;

COMMENT ON VIEW bi.dim_customer IS 'Клиенты без персональных данных / Customers without personal data';
COMMENT ON COLUMN bi.dim_customer.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.dim_customer.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.dim_customer.is_erased IS 'Персональные данные удалены / Personal data are erased';
COMMENT ON COLUMN bi.dim_customer.registered_at IS 'Когда заведён / When the card was made';
COMMENT ON COLUMN bi.dim_customer.erased_at IS 'Когда данные удалены / When the data were erased';
COMMENT ON COLUMN bi.dim_customer.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';
COMMENT ON COLUMN bi.dim_customer.updated_at IS 'Когда строка записана последний раз; читайте новое с запасом в несколько минут / When the row was last written; read what is new with a margin of some minutes';
COMMENT ON COLUMN bi.dim_customer.whole_customer_id IS 'Карточка, которой считается после слияния / The card that it counts as after merges';
COMMENT ON COLUMN bi.dim_customer.is_merged IS 'Слита с другой карточкой / Merged into another card';
COMMENT ON COLUMN bi.dim_customer.is_blacklisted IS 'В чёрном списке / On the blacklist';
COMMENT ON COLUMN bi.dim_customer.manager_id IS 'Ответственный сотрудник / Member of staff responsible';
COMMENT ON COLUMN bi.dim_customer.phone_count IS 'Сколько известно телефонов / How many telephone numbers are known';
COMMENT ON COLUMN bi.dim_customer.email_count IS 'Сколько известно адресов почты / How many e-mail addresses are known';
COMMENT ON COLUMN bi.dim_customer.messenger_count IS 'Сколько известно мессенджеров / How many messengers are known';
COMMENT ON COLUMN bi.dim_customer.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';

GRANT SELECT ON bi.dim_customer TO bi_reader;
