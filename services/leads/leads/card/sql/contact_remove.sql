-- The ciphertext is unique: it stands in one of the three lists.
UPDATE customers
   SET phones = array_remove(phones, $2), emails = array_remove(emails, $2), messengers = array_remove(messengers, $2)
 WHERE id = $1
