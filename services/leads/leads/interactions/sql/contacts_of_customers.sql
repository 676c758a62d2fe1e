-- Contacts of the customers $1, newest first: what is known by customer, calls of numbers that became theirs later, and
-- the letters that automation was heard to send, with what their providers told of them.
WITH theirs AS (
  (SELECT i.* FROM interactions i WHERE i.customer_id = ANY($1::uuid[]) ORDER BY i.at DESC LIMIT $2)
  UNION ALL
  (SELECT i.* FROM identities d JOIN interactions i ON i.phone_index = d.blind_index AND i.customer_id IS NULL
    WHERE d.customer_id = ANY($1::uuid[]) ORDER BY i.at DESC LIMIT $2)
), letters AS (
  SELECT (facts ->> 'message_id')::uuid AS message_id, customer_id, max(facts ->> 'medium') AS medium,
         max(facts ->> 'template') AS template,
         min(occurred_at) FILTER (WHERE type = 'message.sent.v1') AS sent_at,
         min(occurred_at) FILTER (WHERE type = 'message.failed.v1') AS failed_at,
         min(occurred_at) FILTER (WHERE type = 'message.unconfirmed.v1') AS unconfirmed_at,
         min(occurred_at) FILTER (WHERE type = 'message.opened.v1') AS opened_at,
         min(occurred_at) FILTER (WHERE type = 'message.clicked.v1') AS clicked_at
    FROM heard
   WHERE customer_id = ANY($1::uuid[])
     AND type IN ('message.sent.v1', 'message.failed.v1', 'message.unconfirmed.v1', 'message.opened.v1', 'message.clicked.v1')
   GROUP BY 1, 2
)
SELECT id AS interaction_id, kind, flow, state, at, customer_id, manager_id, coalesce(result, call ->> 'result') AS result,
       duration_seconds, next_contact_at, direction, touch_id, lead_id, deal_id, organisation_id
  FROM theirs
UNION ALL
SELECT message_id, CASE medium WHEN 'email' THEN 'email' ELSE 'message' END, 'out',
       CASE WHEN d.state IN ('failed', 'bounced', 'complained', 'unsubscribed') THEN d.state
            WHEN clicked_at IS NOT NULL OR d.state = 'clicked' THEN 'clicked'
            WHEN opened_at IS NOT NULL OR d.state IN ('opened', 'read') THEN 'opened'
            WHEN d.state = 'delivered' THEN 'delivered'
            WHEN sent_at IS NOT NULL THEN 'sent' WHEN unconfirmed_at IS NOT NULL THEN 'unconfirmed' ELSE 'failed' END,
       coalesce(sent_at, unconfirmed_at, failed_at, opened_at, clicked_at), customer_id, NULL, template, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL
  FROM letters LEFT JOIN LATERAL (
    SELECT f.state FROM deliveries f WHERE f.message_id = letters.message_id ORDER BY f.at DESC LIMIT 1
  ) d ON true
 ORDER BY at DESC, interaction_id
 LIMIT $2
