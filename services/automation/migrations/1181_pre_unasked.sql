-- migrate:up

-- Customers for whom a mailing's condition was not evaluated, for it could cost too much.
ALTER TABLE mailings ADD COLUMN over_limit integer NOT NULL DEFAULT 0;

-- migrate:down

ALTER TABLE mailings DROP COLUMN over_limit;
