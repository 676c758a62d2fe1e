-- migrate:up

-- Which sequences there are, how many events each has, and who may enter: their streams hold the rest.
CREATE TABLE sequences (
  sequence        text    PRIMARY KEY,
  revision        integer NOT NULL,
  state           text    CHECK (state IN ('open', 'closed', 'halted')),
  entered_version integer
);

-- Customers on their way through sequences, and those who have left, as the service's own events tell it.
CREATE TABLE enrolments (
  enrolment_id uuid PRIMARY KEY,
  sequence     text        NOT NULL,
  customer_id  uuid        NOT NULL,
  version      integer     NOT NULL,
  round        integer     NOT NULL,
  revision     integer     NOT NULL,
  state        text        NOT NULL CHECK (state IN ('inside', 'paused', 'left')),
  step         text,
  until        timestamptz,
  messages     integer     NOT NULL DEFAULT 0,
  entered_at   timestamptz NOT NULL,
  left_at      timestamptz,
  reason       text
);
CREATE INDEX enrolments_by_sequence ON enrolments (sequence, entered_at, enrolment_id);
CREATE INDEX enrolments_by_customer ON enrolments (customer_id);

-- migrate:down

DROP TABLE enrolments;
DROP TABLE sequences;
