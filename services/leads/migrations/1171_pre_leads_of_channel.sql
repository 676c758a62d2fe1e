-- migrate:up

-- Leads of a channel, newest first: one that brings few would read through those of all others.
CREATE INDEX leads_of_channel ON leads (channel, captured_at DESC, id DESC);

-- migrate:down

DROP INDEX leads_of_channel;
