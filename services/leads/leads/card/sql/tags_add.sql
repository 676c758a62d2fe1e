INSERT INTO card_tags (owner, card, tag)
SELECT $1, g.card, g.tag FROM unnest($2::uuid[], $3::text[]) AS g(card, tag) ORDER BY g.card, g.tag
ON CONFLICT DO NOTHING
