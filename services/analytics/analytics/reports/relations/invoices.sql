-- reads: deals
-- Invoices: what is due on each, and the day on which the last of it was paid.
SELECT i.invoice_id, i.deal_id, d.direction, i.currency, i.amount, i.due_date, i.cancelled_at,
    i.amount - coalesce(p.paid, 0) AS due_amount,
       CASE WHEN p.paid >= i.amount THEN (p.last_at AT TIME ZONE :zone)::date END AS paid_on
  FROM (SELECT h.invoice_id, (array_agg(h.deal_id ORDER BY h.version))[1] AS deal_id,
               max(h.amount) FILTER (WHERE h.change = 'issued') AS amount,
               max(h.currency) FILTER (WHERE h.change = 'issued') AS currency,
               max(h.due_date) FILTER (WHERE h.change = 'issued') AS due_date,
               max(h.occurred_at) FILTER (WHERE h.change = 'cancelled') AS cancelled_at
          FROM :schema.invoice_changes h WHERE :known(h) GROUP BY 1) i
  JOIN deals d USING (deal_id)
  LEFT JOIN (SELECT h.invoice_id, sum(h.amount) AS paid, max(h.occurred_at) FILTER (WHERE h.amount > 0) AS last_at
               FROM :schema.payment_allocations h WHERE :known(h) GROUP BY 1) p USING (invoice_id)
 WHERE i.amount IS NOT NULL
