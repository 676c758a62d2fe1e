SELECT d.number, d.deal_id, d.customer_id, d.currency, d.direction, e.customer_id IS NOT NULL AS erased
  FROM deals d LEFT JOIN erased_customers e USING (customer_id)
 WHERE d.number = ANY($1::text[])
