-- migrate:up

-- Events that the log lacks for good, as somebody said: how many, who, when and why.
ALTER TABLE refills ADD COLUMN accepted bigint NOT NULL DEFAULT 0, ADD COLUMN accepted_at timestamptz,
  ADD COLUMN accepted_by text, ADD COLUMN accepted_because text;

-- migrate:down

ALTER TABLE refills DROP COLUMN accepted, DROP COLUMN accepted_at, DROP COLUMN accepted_by, DROP COLUMN accepted_because;
