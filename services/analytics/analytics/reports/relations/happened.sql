-- reads: touches, leads, qualifications, deals, receipts, contacts
-- Everything that happened, each by its own time and line of business.
SELECT 'touch' AS what, touched_at AS at, direction, NULL AS currency, NULL::numeric AS amount FROM touches
UNION ALL SELECT 'lead', captured_at, direction, NULL, NULL FROM leads
UNION ALL SELECT 'qualified', qualified_at, direction, NULL, NULL FROM qualifications
UNION ALL SELECT 'deal', opened_at, direction, NULL, NULL FROM deals
UNION ALL SELECT stage_kind, stage_at, direction, currency, amount FROM deals WHERE stage_kind IN ('won', 'lost')
UNION ALL SELECT 'money', r.at, d.direction, r.currency, r.amount FROM receipts r JOIN deals d USING (deal_id)
UNION ALL SELECT kind, took_place_at, direction, NULL, NULL FROM contacts WHERE took_place_at IS NOT NULL
