-- migrate:up

-- Who gave an event up; discarded_why says why. The entry stays.
ALTER TABLE quarantine ADD COLUMN discarded_by text;

-- migrate:down
