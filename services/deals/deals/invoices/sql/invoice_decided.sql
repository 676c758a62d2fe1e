UPDATE invoices
   SET version = $2, changed = nextval('money_changes'),
       cancelled_at = CASE WHEN $3 = 'cancelled' THEN $4::timestamptz ELSE cancelled_at END,
       overdue_at = CASE WHEN $3 = 'overdue' THEN $4::timestamptz ELSE overdue_at END
 WHERE invoice_id = $1
