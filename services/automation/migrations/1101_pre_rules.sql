-- migrate:up

-- Which rules there are, and how many events each has: their streams hold the rest.
CREATE TABLE rules (
  rule      text    PRIMARY KEY,
  stream_id uuid    NOT NULL UNIQUE,
  revision  integer NOT NULL
);

-- Actions that were withheld, and why.
CREATE TABLE suppressions (
  suppression_id uuid        PRIMARY KEY,
  rule           text        NOT NULL,
  rule_version   integer     NOT NULL,
  action         text        NOT NULL,
  event_id       uuid        NOT NULL,
  event_type     text        NOT NULL,
  reason         text        NOT NULL,
  customer_id    uuid,
  recorded_at    timestamptz NOT NULL
);
CREATE INDEX suppressions_by_rule ON suppressions (rule, recorded_at, suppression_id);
CREATE INDEX suppressions_by_customer ON suppressions (customer_id) WHERE customer_id IS NOT NULL;

-- Events that passed a rule's `when`, of rules that may act only so often for one customer; and what became of them: let
-- through, withheld, or `where` did not hold. NULL: not decided yet.
CREATE TABLE rule_matches (
  rule        text        NOT NULL,
  customer_id uuid        NOT NULL,
  event_id    uuid        NOT NULL,
  version     integer     NOT NULL,
  recorded_at timestamptz NOT NULL,
  verdict     text CHECK (verdict IN ('through', 'withheld', 'no')),
  PRIMARY KEY (rule, customer_id, event_id)
);
CREATE INDEX rule_matches_by_event ON rule_matches (event_id);
CREATE INDEX rule_matches_by_customer ON rule_matches (customer_id);

-- migrate:down

DROP TABLE rule_matches;
DROP TABLE suppressions;
DROP TABLE rules;
