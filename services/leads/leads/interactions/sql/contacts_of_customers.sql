-- Contacts of the customers $1, newest first: what is known by customer, calls of numbers that became theirs later, and
-- the letters that automation sent.
WITH theirs AS (
  (SELECT i.* FROM interactions i WHERE i.customer_id = ANY($1::uuid[]) ORDER BY i.at DESC LIMIT $2)
  UNION ALL
  (SELECT i.* FROM identities d JOIN interactions i ON i.phone_index = d.blind_index AND i.customer_id IS NULL
    WHERE d.customer_id = ANY($1::uuid[]) ORDER BY i.at DESC LIMIT $2)
)
SELECT id AS interaction_id, kind, flow, state, at, customer_id, manager_id, coalesce(result, call ->> 'result') AS result,
       duration_seconds, next_contact_at, direction, touch_id, lead_id, deal_id, organisation_id
  FROM theirs
UNION ALL
SELECT message_id, CASE medium WHEN 'email' THEN 'email' ELSE 'message' END, 'out',
       CASE WHEN clicked_at IS NOT NULL THEN 'clicked' WHEN opened_at IS NOT NULL THEN 'opened'
            WHEN sent_at IS NOT NULL THEN 'sent' ELSE 'failed' END,
       coalesce(sent_at, failed_at, opened_at, clicked_at), customer_id, NULL, template, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL
  FROM letters WHERE customer_id = ANY($1::uuid[])
 ORDER BY at DESC, interaction_id
 LIMIT $2
