-- migrate:up

-- Where events are sent to. ``since``: events recorded from then on; ``retry_at``: nothing is sent before, because the
-- last calls found it in trouble; ``failing_since``: no call was answered well since then.
CREATE TABLE webhook_endpoints (
  code            text PRIMARY KEY,
  version         integer     NOT NULL,
  state           text        NOT NULL CHECK (state IN ('enabled', 'disabled', 'removed')),
  reason          text,
  url             text        NOT NULL,
  types           text[]      NOT NULL,
  directions      text[]      NOT NULL,
  personal        boolean     NOT NULL,
  description     text        NOT NULL,
  since           timestamptz NOT NULL,
  changed_at      timestamptz NOT NULL,
  failing_since   timestamptz,
  troubles        integer     NOT NULL DEFAULT 0,
  retry_at        timestamptz,
  last_success_at timestamptz
);

-- Secrets that sign, sealed by the service's key; one that was replaced signs on for a while.
CREATE TABLE webhook_secrets (
  code       text        NOT NULL REFERENCES webhook_endpoints,
  number     integer     NOT NULL,
  sealed     bytea       NOT NULL,
  expires_at timestamptz,
  PRIMARY KEY (code, number)
);

-- What is to be sent, and what came of it. Personal data stand in the body sealed, as in the event.
CREATE TABLE webhook_deliveries (
  delivery_id uuid PRIMARY KEY,
  code        text        NOT NULL REFERENCES webhook_endpoints,
  event_id    uuid        NOT NULL,
  type        text        NOT NULL,
  request_id  uuid,
  customer_id uuid,
  body        json,
  state       text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed', 'skipped')),
  reason      text,
  sendings    integer     NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL,
  known_at    timestamptz NOT NULL DEFAULT now(),
  settled_at  timestamptz
);
CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (code, created_at DESC, delivery_id DESC);
CREATE INDEX webhook_deliveries_of_customer ON webhook_deliveries (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX webhook_deliveries_settled ON webhook_deliveries (settled_at) WHERE settled_at IS NOT NULL;

CREATE TABLE webhook_attempts (
  delivery_id uuid        NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
  sending     integer     NOT NULL,
  attempt     integer     NOT NULL,
  at          timestamptz NOT NULL,
  status      integer,
  error       text,
  seconds     real        NOT NULL,
  PRIMARY KEY (delivery_id, sending, attempt)
);

-- Lines of business, for endpoints that get only some: of a lead or a deal its latest, of a customer all ('': none).
CREATE TABLE webhook_directions (
  subject_id uuid PRIMARY KEY,
  direction  text    NOT NULL,
  version    integer NOT NULL
);
CREATE TABLE webhook_customer_directions (
  customer_id uuid NOT NULL,
  direction   text NOT NULL,
  PRIMARY KEY (customer_id, direction)
);

-- migrate:down

DROP TABLE webhook_customer_directions, webhook_directions, webhook_attempts, webhook_deliveries, webhook_secrets,
           webhook_endpoints;
