-- Seconds until this message may be tried: 0 and it counts from now on, or the rest of the day since another was.
WITH others AS (
  SELECT tried_at, row_number() OVER (ORDER BY tried_at DESC) AS nth
    FROM message_tries WHERE customer_id = $2 AND message_id <> $1 AND tried_at > now() - interval '24 hours'
), room AS (
  SELECT coalesce((SELECT extract(epoch FROM tried_at + interval '24 hours' - now()) FROM others WHERE nth = $3), 0)::float
         AS seconds
), counted AS (
  INSERT INTO message_tries (message_id, customer_id, tried_at) SELECT $1, $2, now() FROM room WHERE seconds = 0
  ON CONFLICT (message_id) DO NOTHING
)
SELECT CASE WHEN EXISTS (SELECT FROM message_tries WHERE message_id = $1) THEN 0 ELSE seconds END FROM room
