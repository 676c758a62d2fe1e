-- What was to be sent about customers ($1) who were erased: its text goes, and what waits is not sent.
UPDATE webhook_deliveries
   SET body = NULL, reason = CASE WHEN state = 'pending' THEN 'customer_erased' ELSE reason END,
       settled_at = coalesce(settled_at, now()), state = CASE WHEN state = 'pending' THEN 'skipped' ELSE state END
 WHERE customer_id = ANY($1::uuid[])
