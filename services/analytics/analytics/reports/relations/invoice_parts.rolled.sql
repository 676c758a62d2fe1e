SELECT * FROM :schema.rolled_invoices
 WHERE day <> ALL (:stale) AND :seen(direction) AND :is(direction, direction)
