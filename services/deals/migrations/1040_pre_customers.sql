-- migrate:up

-- What deals knows of customers' cards, followed from leads' events. Personal values are ciphertexts of leads, as told.
-- Every row keeps the version of the stream that told it, so that nothing older ever overwrites it.
CREATE TABLE customers (
  customer_id   uuid PRIMARY KEY,
  direction     text,
  merged_into   uuid,
  merge_version integer NOT NULL DEFAULT 0
);
CREATE INDEX customers_by_merged_into ON customers (merged_into) WHERE merged_into IS NOT NULL;

-- is_told: the last word on it was a request's, which replaces nothing; else somebody's who edited the card.
CREATE TABLE customer_details (
  customer_id uuid NOT NULL,
  detail      text NOT NULL,
  value       text,
  version     integer NOT NULL,
  is_told     boolean NOT NULL DEFAULT false,
  PRIMARY KEY (customer_id, detail)
);

-- A contact is there while it was added later than removed; of its kind, the one preferred last is used first.
CREATE TABLE customer_contacts (
  customer_id       uuid NOT NULL,
  value             text NOT NULL,
  kind              text NOT NULL,
  added_version     integer NOT NULL DEFAULT 0,
  removed_version   integer NOT NULL DEFAULT 0,
  preferred_version integer NOT NULL DEFAULT 0,
  PRIMARY KEY (customer_id, value)
);

CREATE TABLE organisations (
  organisation_id uuid PRIMARY KEY,
  version         integer NOT NULL,
  name            text NOT NULL,
  full_name       text,
  requisites      json NOT NULL
);

-- Who acts for an organisation, role sealed by the customer's key; is_attached false: attached by mistake, taken out.
CREATE TABLE organisation_persons (
  organisation_id uuid NOT NULL,
  customer_id     uuid NOT NULL,
  version         integer NOT NULL,
  is_attached     boolean NOT NULL,
  role            text,
  since           date,
  until           date,
  is_primary      boolean NOT NULL DEFAULT false,
  PRIMARY KEY (organisation_id, customer_id)
);
CREATE INDEX organisation_persons_by_customer ON organisation_persons (customer_id);

-- migrate:down

DROP TABLE organisation_persons, organisations, customer_contacts, customer_details, customers;
