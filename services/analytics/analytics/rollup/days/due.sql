-- The days until which the invoices are to be paid that the notes concern.
concerned AS (
  SELECT h.due_date FROM notes JOIN :schema.invoice_changes h ON h.invoice_id = subject_id WHERE subject = 'invoice'
  UNION
  SELECT h.due_date FROM notes JOIN :schema.invoice_changes h ON h.deal_id = subject_id WHERE subject = 'deal'
)
SELECT due_date AS day FROM concerned WHERE due_date IS NOT NULL
