-- Cards that hold all tokens of $1 first, then those of $2, each once and at most $4; only those who may be seen with the
-- lines of business of $3 (NULL: all). The roots of their trees, with the member that was found.
WITH found AS (
  (SELECT 1 AS rank, customer_id FROM search_tokens
    WHERE tokens @> $1::bigint[] AND ($3::text[] IS NULL OR card_is_seen(root_of(customer_id), $3)) LIMIT $4)
  UNION ALL
  (SELECT 2, customer_id FROM search_tokens
    WHERE tokens @> $2::bigint[] AND ($3::text[] IS NULL OR card_is_seen(root_of(customer_id), $3)) LIMIT $4)
)
SELECT root_of(customer_id) AS id, min(rank) AS rank FROM found GROUP BY 1 ORDER BY 2, 1 LIMIT $4
