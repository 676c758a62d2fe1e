-- A delivery with its endpoint: how long the endpoint is left alone yet (seconds, NULL: it is well), and the lines of
-- business of what the message is about: its own word, else the deal's, else the lead's, else those of the customer.
WITH delivery AS (
  SELECT d.*, d.body->'data'->>'direction' AS direction, (d.body->'data'->>'deal_id')::uuid AS deal_id,
         (d.body->'data'->>'lead_id')::uuid AS lead_id
    FROM webhook_deliveries d WHERE d.delivery_id = $1
)
SELECT d.delivery_id, d.code, d.state, d.body::text AS body, d.customer_id, d.request_id, d.sendings,
       extract(epoch FROM now() - d.known_at)::float AS age,
       e.state AS endpoint_state, e.url, e.personal, e.directions,
       extract(epoch FROM e.retry_at - now())::float AS wait,
       coalesce(d.direction, d.deal_id::text, d.lead_id::text, d.customer_id::text) IS NOT NULL AS has_subject,
       CASE WHEN d.direction IS NOT NULL THEN ARRAY[d.direction]
            WHEN coalesce(d.deal_id, d.lead_id) IS NOT NULL
            THEN ARRAY(SELECT w.direction FROM webhook_directions w WHERE w.subject_id = coalesce(d.deal_id, d.lead_id))
            ELSE ARRAY(SELECT c.direction FROM webhook_customer_directions c WHERE c.customer_id = d.customer_id)
       END AS found
  FROM delivery d JOIN webhook_endpoints e USING (code)
