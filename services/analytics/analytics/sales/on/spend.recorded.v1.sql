INSERT INTO ad_spend (spend_id, version, day, channel, campaign, direction, amount, currency, impressions, clicks,
                      occurred_at, recorded_at)
SELECT (data->>'spend_id')::uuid, version, (data->>'day')::date, data->>'channel', data->>'campaign',
       data->>'direction', (data->>'amount')::numeric, data->>'currency', (data->>'impressions')::int,
       (data->>'clicks')::int, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
