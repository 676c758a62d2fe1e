-- migrate:up

-- A list may be asked for to start a rule for whoever is on it: started, or missed, for the rule was switched off meanwhile.
ALTER TABLE list_readings ADD COLUMN rule text;
ALTER TABLE list_readings ADD COLUMN started integer NOT NULL DEFAULT 0;
ALTER TABLE list_readings ADD COLUMN missed integer NOT NULL DEFAULT 0;
ALTER TABLE list_readings DROP CONSTRAINT list_readings_check;
ALTER TABLE list_readings ADD CONSTRAINT list_readings_check CHECK (num_nonnulls(mailing_id, sequence, rule) = 1);
CREATE INDEX list_readings_of_rule ON list_readings (rule, asked_at, request_id);

-- migrate:down

DROP INDEX list_readings_of_rule;
DELETE FROM list_readings WHERE rule IS NOT NULL;
ALTER TABLE list_readings DROP CONSTRAINT list_readings_check;
ALTER TABLE list_readings ADD CONSTRAINT list_readings_check CHECK ((mailing_id IS NULL) <> (sequence IS NULL));
ALTER TABLE list_readings DROP COLUMN missed;
ALTER TABLE list_readings DROP COLUMN started;
ALTER TABLE list_readings DROP COLUMN rule;
