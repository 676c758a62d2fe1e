DELETE FROM card_tags d USING unnest($1::uuid[], $2::text[]) AS g(card, tag) WHERE d.card = g.card AND d.tag = g.tag
