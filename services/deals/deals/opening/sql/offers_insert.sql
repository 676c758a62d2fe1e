-- New offers; of a lead that has one already, and of an erased customer, nothing. Returns those that were made.
INSERT INTO deal_offers (offer_id, version, lead_id, customer_id, pipeline, stage, deal_type, manager_id, direction, rule,
                         state, offered_at)
SELECT g.offer_id, 1, g.lead_id, g.customer_id, g.pipeline, g.stage, g.deal_type, g.manager_id, g.direction, g.rule, 'open',
       g.offered_at
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
              $10::timestamptz[])
       AS g(offer_id, lead_id, customer_id, pipeline, stage, deal_type, manager_id, direction, rule, offered_at)
 ORDER BY g.offer_id
ON CONFLICT DO NOTHING
RETURNING offer_id
