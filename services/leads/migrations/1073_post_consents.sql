-- migrate:up

INSERT INTO consents (customer_id, purpose, channel, at, given)
SELECT (data ->> 'customer_id')::uuid, data ->> 'purpose', coalesce(data ->> 'channel', ''), (data ->> 'at')::timestamptz,
       type = 'customer.consent-given.v1'
  FROM events e
 WHERE type IN ('customer.consent-given.v1', 'customer.consent-withdrawn.v1')
   AND EXISTS (SELECT FROM keyring k WHERE k.customer_id = (e.data ->> 'customer_id')::uuid)
ON CONFLICT DO NOTHING;

UPDATE touches t
   SET channel = e.data #>> '{touch,channel}', source = e.data #>> '{touch,source}',
       campaign = e.data #>> '{touch,campaign}', occurred_at = e.occurred_at
  FROM events e
 WHERE e.type IN ('lead.captured.v1', 'lead.touched.v1') AND t.touch_id = (e.data #>> '{touch,touch_id}')::uuid
   AND t.channel IS NULL;

-- migrate:down
