INSERT INTO deal_offer_changes (offer_id, version, change, lead_id, customer_id, occurred_at, recorded_at)
SELECT (data->>'offer_id')::uuid, version, 'declined', (data->>'lead_id')::uuid, (data->>'customer_id')::uuid,
       occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
