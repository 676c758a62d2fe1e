-- reads: deals
-- Quotes sent, each sending.
SELECT h.quote_id, h.deal_id, d.manager_id, h.occurred_at AS sent_at
  FROM :schema.quote_changes h JOIN deals d USING (deal_id) WHERE h.change = 'sent' AND :known(h)
