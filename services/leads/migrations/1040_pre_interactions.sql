-- migrate:up

-- Calls, letters, messages, meetings and visits as they are now; written in the transaction of the events they follow
-- from. Texts stand in the events alone.
CREATE TABLE interactions (
  id                uuid PRIMARY KEY,
  version           integer NOT NULL,
  kind              text NOT NULL CHECK (kind IN ('call', 'email', 'message', 'meeting', 'visit')),
  flow              text CHECK (flow IN ('in', 'out')),
  state             text NOT NULL CHECK (state IN ('planned', 'registered', 'concluded', 'cancelled')),
  intake            text NOT NULL,
  source            text NOT NULL,
  customer_id       uuid,
  organisation_id   uuid,
  manager_id        text,
  lead_id           uuid,
  deal_id           uuid,
  direction         text,
  -- The planned time until it has taken place, then the time when it began.
  at                timestamptz NOT NULL,
  duration_seconds  integer,
  held              boolean,
  result            text,
  next_contact_at   timestamptz,
  next_contact_kind text,
  -- The request by which a message or letter came.
  touch_id          uuid,
  -- Of a call: all that the exchange has told, as in its events; links of recordings are sealed.
  call              json,
  -- Blind index of the other party's phone: finds calls of a number whose card was made later. To be forgotten with the
  -- customer.
  phone_index       uuid,
  -- The click-to-call it follows from.
  command_id        uuid,
  -- A missed call: due until somebody has talked to this person.
  callback          text CHECK (callback IN ('due', 'done')),
  returned_by       uuid
) WITH (fillfactor = 85);
CREATE INDEX interactions_of_customer ON interactions (customer_id, at DESC) WHERE customer_id IS NOT NULL;
CREATE INDEX interactions_of_phone ON interactions (phone_index) WHERE phone_index IS NOT NULL;
CREATE INDEX interactions_of_command ON interactions (command_id) WHERE command_id IS NOT NULL;
CREATE INDEX interactions_newest ON interactions (at DESC, id DESC);
CREATE INDEX interactions_to_call_back ON interactions (at, id) WHERE callback = 'due';

-- Whose telephone an extension of an exchange is; source '' stands for every exchange.
CREATE TABLE phone_extensions (
  source     text NOT NULL,
  extension  text NOT NULL,
  manager_id text NOT NULL,
  PRIMARY KEY (source, extension)
);
CREATE INDEX phone_extensions_of_manager ON phone_extensions (manager_id);

-- Click-to-call: what a manager asked an exchange for, and its answer. The durable task reads it.
CREATE TABLE call_commands (
  id             uuid PRIMARY KEY,
  version        integer NOT NULL,
  -- placing: the exchange is being asked just now; found so at the next attempt, its answer was lost.
  state          text NOT NULL CHECK (state IN ('requested', 'placing', 'placed', 'refused')),
  customer_id    uuid NOT NULL,
  manager_id     text NOT NULL,
  extension      text NOT NULL,
  intake         text NOT NULL,
  source         text NOT NULL,
  direction      text,
  -- Which of the card's phones, by blind index; null: the newest.
  phone_index    uuid,
  requested_at   timestamptz NOT NULL,
  reason         text,
  interaction_id uuid
);

-- migrate:down
