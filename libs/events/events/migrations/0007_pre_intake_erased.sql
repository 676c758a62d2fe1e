-- migrate:up

-- When a stored request was emptied because its person was erased; such a one is never understood again.
ALTER TABLE intake ADD COLUMN erased_at timestamptz;

-- migrate:down
