-- migrate:up

-- Letters are read from `heard`, which has them from the beginning of automation's log.
DROP TABLE letters;
DELETE FROM watermarks WHERE consumer = 'leads.letters';
DELETE FROM quarantine WHERE consumer = 'leads.letters';

-- migrate:down
