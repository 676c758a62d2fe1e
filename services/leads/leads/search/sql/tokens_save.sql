-- The tokens of cards ($1, $2); who has none is not there.
WITH given AS (
  SELECT g.id, g.tokens::bigint[] AS tokens FROM unnest($1::uuid[], $2::text[]) AS g(id, tokens)
), gone AS (
  DELETE FROM search_tokens s USING given g WHERE s.customer_id = g.id AND g.tokens = '{}'
)
INSERT INTO search_tokens AS s (customer_id, tokens)
SELECT id, in_form(tokens) FROM given WHERE tokens <> '{}' ORDER BY id
ON CONFLICT (customer_id) DO UPDATE SET tokens = excluded.tokens WHERE s.tokens <> excluded.tokens
