-- migrate:up

-- Versions of templates that people saved; written with their events. A retired one keeps what it said.
CREATE TABLE message_templates (
  name        text        NOT NULL,
  version     integer     NOT NULL,
  template_id uuid        NOT NULL,
  title       text        NOT NULL,
  texts       jsonb       NOT NULL,
  requires    text[]      NOT NULL,
  saved_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  saved_by    text        NOT NULL,
  retired     boolean     NOT NULL DEFAULT false,
  PRIMARY KEY (name, version)
);

-- Addresses that messages tell through a link of ours, sealed by the customer's key; place: from 1 on, in the text.
CREATE TABLE message_links (
  message_id  uuid    NOT NULL,
  place       integer NOT NULL,
  customer_id uuid    NOT NULL,
  address     text    NOT NULL,
  PRIMARY KEY (message_id, place)
);
CREATE INDEX message_links_of_customers ON message_links (customer_id);

-- Reports of providers on messages that only they have a name for. Whoever comes first, the message or the report,
-- writes the row, so that one of two concurrent transactions always sees the other's half.
CREATE TABLE message_deliveries (
  delivery_id uuid PRIMARY KEY,
  message_id  uuid
);
CREATE TABLE delivery_reports (
  delivery_id uuid        NOT NULL,
  state       text        NOT NULL,
  reason      text,
  reported_at timestamptz NOT NULL,
  PRIMARY KEY (delivery_id, state)
);

-- How far the mailbox of answers has been read.
CREATE TABLE mailbox_places (
  mailbox     text PRIMARY KEY,
  uidvalidity bigint NOT NULL,
  uid         bigint NOT NULL
);

-- migrate:down

DROP TABLE mailbox_places;
DROP TABLE delivery_reports;
DROP TABLE message_deliveries;
DROP TABLE message_links;
DROP TABLE message_templates;
