-- $1 the zone, which days of invoices do not depend on, $2 and $3 the notes: their subjects and ids. The days until which
-- the invoices are to be paid that they concern.
WITH notes AS (
  SELECT * FROM unnest($2::text[], $3::uuid[]) AS n (subject, subject_id) WHERE $1::text IS NOT NULL
)
SELECT h.due_date AS day
  FROM notes JOIN :schema.invoice_changes h ON h.invoice_id = subject_id
 WHERE subject = 'invoice' AND h.due_date IS NOT NULL
UNION
SELECT h.due_date
  FROM notes JOIN :schema.invoice_changes h ON h.deal_id = subject_id WHERE subject = 'deal' AND h.due_date IS NOT NULL
