INSERT INTO deal_offer_changes (offer_id, version, change, lead_id, customer_id, pipeline, deal_type, manager_id,
                                direction, rule, occurred_at, recorded_at)
SELECT (data->>'offer_id')::uuid, version, 'offered', (data->>'lead_id')::uuid, (data->>'customer_id')::uuid,
       data->>'pipeline', coalesce(data->>'deal_type', 'first_sale'), data->>'manager_id', data->>'direction',
       data->>'rule', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
