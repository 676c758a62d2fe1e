INSERT INTO interaction_changes (interaction_id, version, change, kind, customer_id, manager_id, lead_id, deal_id,
                                 duration_seconds, is_held, result, next_contact_at, next_contact_kind, occurred_at,
                                 recorded_at)
SELECT (data->>'interaction_id')::uuid, version, 'concluded', data->>'kind', (data->>'customer_id')::uuid,
       data->>'manager_id', (data->>'lead_id')::uuid, (data->>'deal_id')::uuid, (data->>'duration_seconds')::int,
       (data->>'held')::boolean, data->>'result', (data->>'next_contact_at')::timestamptz, data->>'next_contact_kind',
       occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
