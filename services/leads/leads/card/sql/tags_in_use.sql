-- Tags of one kind of card with the number of cards that have them; merged ones count once.
SELECT tag, count(DISTINCT coalesce(root_of(card), card))::int AS cards FROM card_tags
 WHERE owner = $1 AND ($2::text IS NULL OR starts_with(tag, $2))
   AND ($3::text[] IS NULL OR EXISTS (
         SELECT FROM customers c WHERE c.id = card AND (c.direction IS NULL OR c.direction = ANY($3))
         UNION ALL
         SELECT FROM organisations o WHERE o.id = card AND (o.direction IS NULL OR o.direction = ANY($3))))
 GROUP BY tag ORDER BY cards DESC, tag LIMIT $4
