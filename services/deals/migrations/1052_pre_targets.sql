-- migrate:up

-- Targets as they are now: who is to reach what in a period. Written in the transaction of their events.
CREATE TABLE targets (
  target_id  uuid PRIMARY KEY,
  version    integer NOT NULL,
  -- 2026-03, 2026-Q1 or 2026, and its days.
  period     text NOT NULL,
  first_day  date NOT NULL,
  last_day   date NOT NULL,
  owner_kind text NOT NULL CHECK (owner_kind IN ('company', 'department', 'manager')),
  -- Name of the department or manager; empty for the company.
  owner_id   text NOT NULL,
  measure    text NOT NULL,
  currency   text
);
CREATE INDEX targets_by_period ON targets (first_day, last_day);

-- What a target was from a time on, a row for each event of its stream; no amount: it did not hold any more.
CREATE TABLE target_values (
  target_id uuid NOT NULL REFERENCES targets,
  version   integer NOT NULL,
  amount    numeric,
  reason    text,
  set_by    text NOT NULL,
  set_at    timestamptz NOT NULL,
  PRIMARY KEY (target_id, version)
);

-- migrate:down

DROP TABLE target_values, targets;
