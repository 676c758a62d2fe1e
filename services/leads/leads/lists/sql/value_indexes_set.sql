-- The values of these fields ($1, $2) as they now are: the indexes $5 of the cards $3 and the fields $4.
WITH gone AS (
  DELETE FROM value_indexes v USING unnest($1::uuid[], $2::text[]) AS g(card, field)
   WHERE v.card = g.card AND v.field = g.field
     AND NOT EXISTS (SELECT FROM unnest($3::uuid[], $4::text[], $5::uuid[]) AS n(card, field, blind_index)
                      WHERE n.card = v.card AND n.field = v.field AND n.blind_index = v.blind_index)
)
INSERT INTO value_indexes (card, field, blind_index)
SELECT * FROM unnest($3::uuid[], $4::text[], in_form($5::uuid[])) AS n(card, field, blind_index)
ON CONFLICT DO NOTHING
