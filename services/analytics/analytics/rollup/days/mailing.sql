-- $1 the zone, $2 and $3 the notes: their subjects and ids. The days on which the messages were asked for that they concern,
-- which are of the line of business of their customer.
WITH notes AS (
  SELECT * FROM unnest($2::text[], $3::uuid[]) AS n (subject, subject_id)
), asked AS (
  SELECT m.requested_at FROM notes JOIN :schema.messages m ON m.message_id = subject_id WHERE subject = 'message'
  UNION
  SELECT m.requested_at FROM notes JOIN :schema.messages m ON m.customer_id = subject_id WHERE subject = 'customer'
)
SELECT DISTINCT (requested_at AT TIME ZONE $1)::date AS day FROM asked WHERE requested_at IS NOT NULL
