-- What the reports look things up by. Made when a build has been filled: a rebuild then has only primary keys to keep.
CREATE INDEX leads_by_capture ON leads (captured_at);
CREATE INDEX leads_by_record ON leads (recorded_at);
CREATE INDEX touches_by_time ON touches (touched_at);
CREATE INDEX deals_by_lead ON deals (lead_id);
CREATE INDEX deals_by_opening ON deals (opened_at);
CREATE INDEX payments_by_deal ON payments (deal_id);
CREATE INDEX payments_by_time ON payments (received_at);
