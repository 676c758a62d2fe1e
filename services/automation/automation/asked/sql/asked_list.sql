-- Requests that were refused or have no answer, newest first: in the lines of business $4 (NULL: all), about the deal $5.
SELECT request_id, request, asked_at, customer_id, lead_id, deal_id, cause, coalesce(outcome, 'none') AS outcome, code,
       reason, answered_at, unanswered_at
  FROM asked
 WHERE asked_at IS NOT NULL AND (outcome IS NULL OR outcome = 'refused')
   AND ($1::timestamptz IS NULL OR (asked_at, request_id) < ($1, $2::uuid))
   AND is_in_sight(deal_id, lead_id, customer_id, $4::text[]) AND ($5::uuid IS NULL OR deal_id = $5)
 ORDER BY asked_at DESC, request_id DESC LIMIT $3
