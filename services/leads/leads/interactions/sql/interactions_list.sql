-- Contacts, newest first. $1: customers (a card's members) or null; calls of their numbers from before the card are theirs.
SELECT i.*, root_of(i.customer_id) AS card_id FROM interactions i
 WHERE ($1::uuid[] IS NULL OR i.customer_id = ANY($1)
        OR (i.customer_id IS NULL AND i.phone_index IN (SELECT blind_index FROM identities WHERE customer_id = ANY($1))))
   AND ($2::text IS NULL OR i.manager_id = $2)
   AND ($3::text IS NULL OR i.kind = $3)
   AND ($4::text IS NULL OR i.flow = $4)
   AND ($5::text IS NULL OR i.state = $5)
   AND ($6::timestamptz IS NULL OR i.at >= $6)
   AND ($7::timestamptz IS NULL OR i.at < $7)
   AND ($8::text[] IS NULL OR i.direction IS NULL OR i.direction = ANY($8))
   AND ($9::timestamptz IS NULL OR (i.at, i.id) < ($9, $10::uuid))
 ORDER BY i.at DESC, i.id DESC
 LIMIT $11
