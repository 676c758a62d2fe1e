-- migrate:up

-- A request that came over its source's budget is pending like any other, but taken after those that kept to theirs.
ALTER TABLE intake ADD COLUMN deferred boolean NOT NULL DEFAULT false;
DROP INDEX intake_pending;
CREATE INDEX intake_pending ON intake (id) WHERE state = 'pending' AND NOT deferred;
CREATE INDEX intake_deferred ON intake (id) WHERE state = 'pending' AND deferred;

-- migrate:down
