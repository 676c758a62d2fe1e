-- migrate:up

-- What was so of a customer, a deal or a lead from a moment on: one row for each change, only added. The newest row of
-- a name that was recorded by a moment tells what was so then. Values that are personal are only true.
CREATE TABLE facts (
  subject_id  uuid        NOT NULL,
  subject     text        NOT NULL CHECK (subject IN ('customer', 'deal', 'lead')),
  name        text        NOT NULL,
  event_id    uuid        NOT NULL,
  version     integer     NOT NULL,
  recorded_at timestamptz NOT NULL,
  value       jsonb       NOT NULL,
  PRIMARY KEY (subject_id, name, event_id)
);

-- That something happened to a customer, and where it stands in its service's log; ``rule``: whose effect it is.
CREATE TABLE happenings (
  event_id    uuid PRIMARY KEY,
  customer_id uuid        NOT NULL,
  deal_id     uuid,
  type        text        NOT NULL,
  shard       smallint    NOT NULL,
  position    bigint      NOT NULL,
  recorded_at timestamptz NOT NULL,
  rule        text
);
CREATE INDEX happenings_by_customer ON happenings (customer_id, recorded_at);

-- migrate:down

DROP TABLE happenings;
DROP TABLE facts;
