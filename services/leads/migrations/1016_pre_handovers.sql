-- migrate:up

-- A manager's open work on its way to others. The rows still to be moved are those that name him, so it can be broken
-- off and go on at any point.
CREATE TABLE handovers (
  id              uuid PRIMARY KEY,
  version         integer NOT NULL,
  from_manager_id text NOT NULL,
  -- NULL: to those whose turn it is.
  to_manager_id   text,
  reason          text NOT NULL,
  -- NULL: all of his customers.
  customer_ids    uuid[],
  -- The lines of business of who asked for it, NULL: all.
  directions      text[],
  requested_at    timestamptz NOT NULL,
  -- How far it has come in the order of customers' ids.
  reached         uuid,
  customers       integer NOT NULL DEFAULT 0,
  leads           integer NOT NULL DEFAULT 0,
  remaining       integer NOT NULL DEFAULT 0,
  completed_at    timestamptz
);

-- migrate:down
