-- migrate:up

-- Numbers people read, such as D-000123; a number that was drawn and not used leaves a gap, and that is fine.
CREATE SEQUENCE deal_numbers;

-- Every deal as it stands, written in the transaction that appends its events; version is the stream's.
CREATE TABLE deals (
  deal_id          uuid PRIMARY KEY,
  version          integer NOT NULL,
  number           text NOT NULL UNIQUE,
  customer_id      uuid NOT NULL,
  lead_id          uuid,
  pipeline         text NOT NULL,
  pipeline_version integer NOT NULL,
  deal_type        text NOT NULL,
  state            text NOT NULL CHECK (state IN ('open', 'nurture', 'won', 'lost')),
  stage            text NOT NULL,
  amount           numeric NOT NULL,
  currency         text NOT NULL,
  manager_id       text,
  direction        text,
  loss_reason      text,
  opened_at        timestamptz NOT NULL,
  stage_since      timestamptz NOT NULL,
  closed_at        timestamptz
) WITH (fillfactor = 80);
CREATE INDEX deals_newest ON deals (opened_at DESC, deal_id DESC);
CREATE INDEX deals_by_stage ON deals (pipeline, stage, opened_at DESC, deal_id DESC);
CREATE INDEX deals_by_manager ON deals (manager_id, opened_at DESC, deal_id DESC);
CREATE INDEX deals_by_customer ON deals (customer_id);
CREATE INDEX deals_by_lead ON deals (lead_id) WHERE lead_id IS NOT NULL;

-- Every payment that a provider reported; without deal_id it waits for a person, and why says for what.
CREATE TABLE payments (
  payment_id          uuid PRIMARY KEY,
  version             integer NOT NULL,
  provider            text NOT NULL,
  provider_payment_id text NOT NULL,
  reference           text NOT NULL,
  amount              numeric NOT NULL,
  currency            text NOT NULL,
  is_test             boolean NOT NULL,
  received_at         timestamptz NOT NULL,
  deal_id             uuid,
  why                 text,
  CHECK ((deal_id IS NULL) <> (why IS NULL))
);
CREATE INDEX payments_by_deal ON payments (deal_id) WHERE deal_id IS NOT NULL;
CREATE INDEX payments_newest ON payments (received_at DESC, payment_id DESC);
CREATE INDEX payments_unmatched ON payments (received_at DESC, payment_id DESC) WHERE deal_id IS NULL;

-- What deals must know of leads in order to open a deal from one.
CREATE TABLE leads (
  lead_id      uuid PRIMARY KEY,
  customer_id  uuid NOT NULL,
  manager_id   text,
  direction    text,
  temperature  text,
  qualified_at timestamptz
);
CREATE INDEX leads_by_customer ON leads (customer_id);

-- Customers whose key is deleted: nothing new is opened for them.
CREATE TABLE erased_customers (
  customer_id uuid PRIMARY KEY,
  erased_at   timestamptz NOT NULL
);

-- migrate:down

DROP TABLE erased_customers, leads, payments, deals;
DROP SEQUENCE deal_numbers;
