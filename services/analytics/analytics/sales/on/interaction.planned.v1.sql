INSERT INTO interaction_changes (interaction_id, version, change, kind, flow, customer_id, organisation_id,
                                 manager_id, lead_id, deal_id, direction, planned_at, occurred_at, recorded_at)
SELECT (data->>'interaction_id')::uuid, version, 'planned', data->>'kind', data->>'flow',
       (data->>'customer_id')::uuid, (data->>'organisation_id')::uuid, data->>'manager_id', (data->>'lead_id')::uuid,
       (data->>'deal_id')::uuid, data->>'direction', (data->>'planned_at')::timestamptz, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
