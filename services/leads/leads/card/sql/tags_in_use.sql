-- Tags of one kind of card ($1) that begin with $2, of the lines of business $3 (NULL: all), with the number of cards that
-- have them; merged ones count once.
SELECT t.tag, count(DISTINCT CASE WHEN c.merged_into IS NULL THEN t.card ELSE root_of(t.card) END)::int AS cards
  FROM card_tags t
  LEFT JOIN customers c ON c.id = t.card AND t.owner = 'customer'
  LEFT JOIN organisations o ON o.id = t.card AND t.owner = 'organisation'
 WHERE (c.id IS NOT NULL OR o.id IS NOT NULL) AND t.owner = $1 AND ($2::text IS NULL OR starts_with(t.tag, $2))
   AND ($3::text[] IS NULL OR coalesce(c.direction, o.direction) IS NULL OR coalesce(c.direction, o.direction) = ANY($3))
 GROUP BY t.tag ORDER BY cards DESC, t.tag LIMIT $4
