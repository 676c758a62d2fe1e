-- The newest $5 deals of each of these stages ($4). $2 are the directions the reader sees (NULL: all).
SELECT d.*, paid_of_deal(d.deal_id, d.currency) AS paid
  FROM unnest($4::text[]) AS s(code)
 CROSS JOIN LATERAL (
   SELECT * FROM deals
    WHERE pipeline = $1 AND stage = s.code AND ($2::text[] IS NULL OR direction IS NULL OR direction = ANY($2))
      AND ($3::text IS NULL OR manager_id = $3)
    ORDER BY opened_at DESC, deal_id DESC
    LIMIT $5) d
