-- The last refusal of each deal; one that was said before in the same words is not said again.
INSERT INTO refused_histories AS r (deal_id, version, report_id, lead_id, customer_id, provider, source, provider_id,
                                    direction, code, why, refused_at)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::text[], $11::text[], $12::timestamptz[]) AS g(deal_id)
 ORDER BY g.deal_id
ON CONFLICT (deal_id) DO UPDATE SET
  version = excluded.version, report_id = excluded.report_id, code = excluded.code, why = excluded.why,
  refused_at = excluded.refused_at, settled = false
