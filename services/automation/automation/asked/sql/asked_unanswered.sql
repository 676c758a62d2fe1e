-- Requests that were made before $1 and never answered, of which that was not told, at most $2; told now, at $3.
UPDATE asked a SET unanswered_at = $3
  FROM (SELECT request_id FROM asked
         WHERE outcome IS NULL AND unanswered_at IS NULL AND asked_at < $1
         ORDER BY asked_at LIMIT $2 FOR UPDATE SKIP LOCKED) late
 WHERE a.request_id = late.request_id
RETURNING a.request_id, a.request, a.asked_at, a.customer_id, a.lead_id, a.deal_id, a.cause
