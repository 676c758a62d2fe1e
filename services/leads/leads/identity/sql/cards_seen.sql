-- A card's own line answers for most of them; only then is everything looked at that was merged with it.
SELECT id FROM customers
 WHERE id = ANY($1::uuid[])
   AND ($2::text[] IS NULL OR direction IS NULL OR direction = ANY($2) OR card_is_seen(root_of(id), $2))
