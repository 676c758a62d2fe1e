UPDATE customers
   SET phones = phones || $2::text[], emails = emails || $3::text[], messengers = messengers || $4::text[]
 WHERE id = $1
