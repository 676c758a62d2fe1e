-- migrate:up

-- All leads of a card, whatever became of them: history, summary and hand-over read them. Two partial indexes did not
-- serve that, and what they served this one does.
CREATE INDEX leads_of_customer ON leads (customer_id, captured_at DESC);
DROP INDEX leads_closed;
DROP INDEX leads_of_customer_with_manager;

-- What a card is known by: its interactions and those who may be the same person are found by it.
CREATE INDEX identities_of_customer ON identities (customer_id);

-- migrate:down

DROP INDEX identities_of_customer;
CREATE INDEX leads_of_customer_with_manager ON leads (customer_id, captured_at DESC) WHERE manager_id IS NOT NULL;
CREATE INDEX leads_closed ON leads (customer_id) WHERE status = 'disqualified';
DROP INDEX leads_of_customer;
