-- migrate:up

-- A manager's own leads and contacts, newest first: without these every page of his reads through those of all others.
CREATE INDEX leads_of_manager ON leads (manager_id, captured_at DESC, id DESC) WHERE manager_id IS NOT NULL;
CREATE INDEX interactions_of_manager ON interactions (manager_id, at DESC, id DESC) WHERE manager_id IS NOT NULL;
-- Leads that were closed, newest first; open ones have leads_open_newest.
CREATE INDEX leads_closed_newest ON leads (captured_at DESC, id DESC) WHERE status = 'disqualified';

-- migrate:down

DROP INDEX leads_of_manager, interactions_of_manager, leads_closed_newest;
