-- migrate:up

-- A customer's key, wrapped by the master key. Deleting the row is what erasure comes down to.
CREATE TABLE keyring (
  customer_id uuid PRIMARY KEY,
  wrapped_key bytea NOT NULL
);

-- The card of a person as it is now; written in the transaction of the events it follows from. What names the person is
-- sealed by the customer's key.
CREATE TABLE customers (
  id            uuid PRIMARY KEY,
  version       integer NOT NULL,
  direction     text,
  name          text,
  phones        text[] NOT NULL,
  emails        text[] NOT NULL,
  messengers    text[] NOT NULL,
  registered_at timestamptz NOT NULL
) WITH (fillfactor = 90);

-- Which card a phone, e-mail, messenger handle or provider's id belongs to, by blind index: 128 bits, hence uuid.
CREATE TABLE identities (
  blind_index uuid PRIMARY KEY,
  kind        text NOT NULL,
  customer_id uuid NOT NULL
);

-- The interest of a person, from the first request until it is closed; written like customers.
CREATE TABLE leads (
  id            uuid PRIMARY KEY,
  customer_id   uuid NOT NULL,
  version       integer NOT NULL,
  status        text NOT NULL CHECK (status IN ('new', 'qualified', 'disqualified')),
  direction     text,
  channel       text NOT NULL,
  intake        text NOT NULL,
  source        text NOT NULL,
  campaign      text,
  is_returning  boolean NOT NULL,
  is_test       boolean NOT NULL,
  captured_at   timestamptz NOT NULL,
  last_touch_at timestamptz NOT NULL,
  touches       integer NOT NULL,
  manager_id    text,
  temperature   text,
  category      text,
  reason        text
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX leads_one_open ON leads (customer_id) WHERE status IN ('new', 'qualified');
CREATE INDEX leads_closed ON leads (customer_id) WHERE status = 'disqualified';
CREATE INDEX leads_newest ON leads (captured_at DESC, id DESC);

-- Every request ever captured, by the id made of channel, source and the provider's own id: a second delivery finds it,
-- and is counted.
CREATE TABLE touches (
  touch_id    uuid PRIMARY KEY,
  lead_id     uuid NOT NULL,
  customer_id uuid NOT NULL,
  intake      text NOT NULL,
  is_repeat   boolean NOT NULL,
  deliveries  integer NOT NULL
) WITH (fillfactor = 95);

-- Who leads are given to. The turn counts assignments of all managers: the lowest has waited longest.
CREATE SEQUENCE assignment_turns;
CREATE TABLE managers (
  id               text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9._@-]{1,100}$'),
  name             text NOT NULL,
  active           boolean NOT NULL,
  directions       text[] NOT NULL,
  turn             bigint NOT NULL DEFAULT 0,
  last_assigned_at timestamptz
) WITH (fillfactor = 50);

-- migrate:down
