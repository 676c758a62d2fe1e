-- Contacts as the whole history says.
INSERT INTO contacts AS c (customer_id, name, emails, phones, messengers, preferred, black_listed, black_list_version, erased)
SELECT customer_id, name, emails, phones, messengers, preferred, black_listed, black_list_version, erased
  FROM refilled_contacts
 ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE
   SET name = excluded.name, emails = excluded.emails, phones = excluded.phones, messengers = excluded.messengers,
       preferred = excluded.preferred, black_listed = excluded.black_listed,
       black_list_version = excluded.black_list_version, erased = excluded.erased
 WHERE (c.name, c.emails, c.phones, c.messengers, c.preferred, c.black_listed, c.black_list_version, c.erased)
       IS DISTINCT FROM (excluded.name, excluded.emails, excluded.phones, excluded.messengers, excluded.preferred,
                         excluded.black_listed, excluded.black_list_version, excluded.erased)
