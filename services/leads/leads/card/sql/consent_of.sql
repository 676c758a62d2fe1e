-- The word that counts for purpose $2 and channel $3 ('': all) of a card ($1: all its members), as of $4 (NULL: now).
SELECT given, at FROM consents
 WHERE customer_id = ANY($1::uuid[]) AND purpose = $2 AND channel IN ('', $3) AND ($4::timestamptz IS NULL OR at <= $4)
 ORDER BY at DESC, given LIMIT 1
