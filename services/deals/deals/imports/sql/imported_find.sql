-- Deals of a source ($1) by their ids there ($2). $3 are the directions the reader sees (NULL: all).
SELECT i.deal_id, i.source, i.external_id
  FROM imported_deals i JOIN deals d USING (deal_id)
 WHERE i.source = $1 AND i.external_id = ANY($2::text[])
   AND ($3::text[] IS NULL OR d.direction IS NULL OR d.direction = ANY($3))
 ORDER BY i.external_id
