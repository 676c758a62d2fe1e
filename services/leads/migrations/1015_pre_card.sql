-- migrate:up

ALTER TABLE customers
  -- Who answers for the customer, said by a person or by a hand-over; where nobody did, the newest lead's manager does.
  ADD COLUMN manager_id text,
  -- The part of the revenue the customer belongs to (gold, silver, bronze, casual); NULL until it was computed.
  ADD COLUMN segment text;
CREATE INDEX customers_of_manager ON customers (manager_id, id) WHERE manager_id IS NOT NULL;
CREATE INDEX leads_open_of_manager ON leads (manager_id, customer_id)
  WHERE manager_id IS NOT NULL AND status IN ('new', 'qualified');

-- Custom fields as they are defined now; their streams have what they were.
CREATE TABLE field_definitions (
  subject      text NOT NULL CHECK (subject IN ('customer', 'organisation', 'lead')),
  code       text NOT NULL,
  version    integer NOT NULL,
  -- The body of the newest field.defined event.
  definition json NOT NULL,
  retired    boolean NOT NULL DEFAULT false,
  PRIMARY KEY (subject, code)
);

-- What is asked across cards. The id is a customer's, a lead's or an organisation's; rows stand with the card they were
-- written on, and a merged card has those of all its members.
CREATE TABLE card_tags (
  card  uuid NOT NULL,
  tag   text NOT NULL,
  owner text NOT NULL CHECK (owner IN ('customer', 'organisation')),
  PRIMARY KEY (card, tag)
);
CREATE INDEX card_tags_by_tag ON card_tags (owner, tag, card);

-- Values of custom fields that are not personal; personal ones stand sealed in the events alone.
CREATE TABLE card_values (
  card  uuid NOT NULL,
  field text NOT NULL,
  owner text NOT NULL CHECK (owner IN ('customer', 'organisation', 'lead')),
  value jsonb NOT NULL,
  PRIMARY KEY (card, field)
);
CREATE INDEX card_values_by_field ON card_values (owner, field, card);

-- The last decision on each card; of the members of a merged card the latest counts.
CREATE TABLE black_list (
  customer_id uuid PRIMARY KEY,
  listed      boolean NOT NULL,
  decided_at  timestamptz NOT NULL
);

-- migrate:down
