-- One row per fact. Rows are written by several event types, each its own columns; a column that holds the latest value
-- has a version beside it, and a row whose first event has not arrived has no time of beginning and is not shown.
-- loaded_at and updated_at tell when a row was written here, all other times are business time.

CREATE TABLE customers (
  customer_id   uuid PRIMARY KEY,
  registered_at timestamptz,
  direction     text,
  erased_at     timestamptz,
  loaded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at    timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 90);

CREATE TABLE leads (
  lead_id           uuid PRIMARY KEY,
  customer_id       uuid,
  captured_at       timestamptz,
  recorded_at       timestamptz,
  channel           text,
  intake            text,
  source            text,
  kind              text,
  campaign          text,
  medium            text,
  utm_source        text,
  is_test           boolean,
  is_returning      boolean,
  direction         text,
  direction_version integer,
  manager_id        text,
  manager_version   integer,
  assigned_at       timestamptz,
  qualified_at      timestamptz,
  qualified_version integer,
  temperature       text,
  category          text,
  refused_at        timestamptz,
  refused_version   integer,
  refusal_reason    text,
  loaded_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at        timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 80);

CREATE TABLE touches (
  lead_id       uuid NOT NULL,
  version       integer NOT NULL,
  touch_id      uuid NOT NULL,
  customer_id   uuid NOT NULL,
  touched_at    timestamptz NOT NULL,
  is_first      boolean NOT NULL,
  channel       text NOT NULL,
  intake        text NOT NULL,
  source        text NOT NULL,
  kind          text NOT NULL,
  campaign      text,
  medium        text,
  utm_source    text,
  content       text,
  term          text,
  referrer_host text,
  landing_path  text,
  is_test       boolean NOT NULL,
  loaded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (lead_id, version)
);

CREATE TABLE deals (
  deal_id          uuid PRIMARY KEY,
  customer_id      uuid,
  lead_id          uuid,
  number           text,
  pipeline         text,
  pipeline_version integer,
  deal_type        text,
  direction        text,
  opened_at        timestamptz,
  manager_id       text,
  manager_version  integer,
  amount           numeric,
  currency         text,
  amount_version   integer,
  stage            text,
  stage_kind       text,
  stage_at         timestamptz,
  stage_version    integer,
  lost_reason      text,
  lost_version     integer,
  loaded_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at       timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 70);

-- One row per entry into a stage; when it was left is the time of the next row of the deal.
CREATE TABLE stage_visits (
  deal_id    uuid NOT NULL,
  version    integer NOT NULL,
  stage      text NOT NULL,
  kind       text NOT NULL,
  entered_at timestamptz NOT NULL,
  loaded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (deal_id, version)
);

CREATE TABLE payments (
  payment_id          uuid PRIMARY KEY,
  provider            text,
  provider_payment_id text,
  received_at         timestamptz,
  amount              numeric,
  currency            text,
  is_test             boolean,
  deal_id             uuid,
  customer_id         uuid,
  deal_version        integer,
  loaded_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at          timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE tasks (
  task_id          uuid PRIMARY KEY,
  kind             text,
  created_at       timestamptz,
  due_at           timestamptz,
  customer_id      uuid,
  lead_id          uuid,
  deal_id          uuid,
  rule             text,
  assignee         text,
  assignee_version integer,
  completed_at     timestamptz,
  result           text,
  result_version   integer,
  loaded_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at       timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 80);

CREATE TABLE messages (
  message_id     uuid PRIMARY KEY,
  customer_id    uuid,
  medium         text,
  template       text,
  rule           text,
  requested_at   timestamptz,
  sent_at        timestamptz,
  attempts       integer,
  failed_at      timestamptz,
  failure_reason text,
  loaded_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at     timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 80);
