-- A notification ($1) was looked at at $2: it names these customers ($3), is emptied ($4), needs no more looks ($5), and has
-- the full names of these customers ($6). Who is erased is not named any more, and stays noted until it is settled.
WITH noted AS (
  INSERT INTO notification_owners AS n (request_id, asked_at, settled) VALUES ($1, $2, $5)
  ON CONFLICT (request_id) DO UPDATE SET asked_at = excluded.asked_at, settled = excluded.settled
), unlike AS (
  DELETE FROM notification_namesakes n
   WHERE request_id = $1 AND customer_id <> ALL($6::uuid[])
     AND ($5 OR NOT EXISTS (SELECT FROM erased_customers e WHERE e.customer_id = n.customer_id))
), alike AS (
  INSERT INTO notification_namesakes (customer_id, request_id) SELECT DISTINCT one, $1::uuid FROM unnest($6::uuid[]) AS one
  ON CONFLICT DO NOTHING
), named AS (
  SELECT array_agg(DISTINCT one) AS ids
    FROM unnest((SELECT coalesce(subject_ids, '{}') FROM intake WHERE id = $1) || $3::uuid[]) AS one
)
UPDATE intake i
   SET subject_ids = named.ids,
       body = CASE WHEN $4 THEN '' ELSE body END, url = CASE WHEN $4 THEN '' ELSE url END,
       corrected_body = CASE WHEN $4 THEN NULL ELSE corrected_body END,
       headers = CASE WHEN $4 THEN '[]' ELSE headers END,
       erased_at = CASE WHEN $4 THEN clock_timestamp() END,
       reason = CASE WHEN $4 AND state = 'quarantined' THEN 'erased' ELSE reason END,
       state = CASE WHEN $4 AND state = 'quarantined' THEN 'discarded' ELSE state END
  FROM named WHERE i.id = $1 AND i.erased_at IS NULL AND i.state <> 'pending'
