-- Merges in force of a period [$1, $2), by who did them ($3) and for which reason ($4), of cards that are seen ($5): the
-- newest first, with the number of all.
SELECT customer_id, count(*) OVER () AS found
  FROM merges
 WHERE split_at IS NULL AND merged_at >= $1 AND merged_at < $2
   AND ($3::text IS NULL OR actor = $3) AND ($4::text IS NULL OR reason = $4)
   AND ($5::text[] IS NULL OR card_is_seen(root_of(customer_id), $5))
 ORDER BY merged_at DESC, customer_id
 LIMIT $6
