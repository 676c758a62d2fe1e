SELECT * FROM :schema.rolled_invoices WHERE day = ANY (:days)
