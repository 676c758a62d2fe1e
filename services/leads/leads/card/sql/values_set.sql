INSERT INTO card_values (owner, card, field, value)
SELECT $1, g.card, g.field, g.value::jsonb FROM unnest($2::uuid[], $3::text[], $4::text[]) AS g(card, field, value)
 ORDER BY g.card, g.field
ON CONFLICT (card, field) DO UPDATE SET value = excluded.value
