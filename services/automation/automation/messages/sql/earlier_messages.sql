-- Is the message of another of this customer's before this one still to be sent, and in how many seconds is it looked at?
SELECT extract(epoch FROM greatest(max(due_at), now()) - now())::float AS seconds
  FROM tasks
 WHERE kind = 'send_message' AND payload->>'customer_id' = $1 AND id <> $2 AND failed_at IS NULL
   AND (payload->>'written_at' COLLATE "C", id) < ($3, $2)
   AND ((payload->>'urgent')::boolean OR NOT $4)
HAVING count(*) > 0
