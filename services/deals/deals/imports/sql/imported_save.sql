-- Deals by the name they have elsewhere, with what was said of them last.
INSERT INTO imported_deals (deal_id, source, external_id, said)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::json[]) AS g(deal_id)
 ORDER BY g.deal_id
ON CONFLICT (deal_id) DO UPDATE SET said = excluded.said
