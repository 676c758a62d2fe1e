-- The days on which the messages were asked for that the notes concern, which are of the line of business of their customer.
asked AS (
  SELECT m.requested_at FROM notes JOIN :schema.messages m ON m.message_id = subject_id WHERE subject = 'message'
  UNION
  SELECT m.requested_at FROM notes JOIN :schema.messages m ON m.customer_id = subject_id WHERE subject = 'customer'
)
SELECT DISTINCT (requested_at AT TIME ZONE $1)::date AS day FROM asked WHERE requested_at IS NOT NULL
