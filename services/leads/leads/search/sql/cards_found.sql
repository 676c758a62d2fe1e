-- Cards that hold all tokens of $1 first, then those of $2, each once and at most $4; only those who may be seen with the
-- lines of business of $3 (NULL: all). The roots of their trees, with the member that was found. A card's own line answers
-- for most of them; only then is everything looked at that was merged with it.
WITH found AS (
  (SELECT 1 AS rank, customer_id FROM search_tokens s
    WHERE tokens @> $1::bigint[]
      AND ($3::text[] IS NULL OR (SELECT direction IS NULL OR direction = ANY($3) OR card_is_seen(root_of(id), $3)
                                    FROM customers c WHERE c.id = s.customer_id)) LIMIT $4)
  UNION ALL
  (SELECT 2, customer_id FROM search_tokens s
    WHERE tokens @> $2::bigint[]
      AND ($3::text[] IS NULL OR (SELECT direction IS NULL OR direction = ANY($3) OR card_is_seen(root_of(id), $3)
                                    FROM customers c WHERE c.id = s.customer_id)) LIMIT $4)
)
SELECT root_of(customer_id) AS id, min(rank) AS rank FROM found GROUP BY 1 ORDER BY 2, 1 LIMIT $4
