DELETE FROM card_values d USING unnest($1::uuid[], $2::text[]) AS g(card, field)
 WHERE d.card = g.card AND d.field = g.field
