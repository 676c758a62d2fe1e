-- migrate:up

-- What other services said about customers: one row for each of their events that names one, itself or by an earlier
-- event of its stream. Facts are the body but for long lists; what is sealed stays sealed.
CREATE TABLE heard (
  event_id       uuid PRIMARY KEY,
  customer_id    uuid NOT NULL,     -- the member of the card that the event names, whatever was merged since
  service        text NOT NULL,
  type           text NOT NULL,
  stream_id      uuid NOT NULL,
  version        integer NOT NULL,
  deal_id        uuid,              -- whose line of business says who sees it
  occurred_at    timestamptz NOT NULL,
  recorded_at    timestamptz NOT NULL,
  actor          text NOT NULL,
  correlation_id uuid NOT NULL,
  causation_id   uuid,
  facts          jsonb NOT NULL
);
CREATE INDEX heard_of_customer ON heard (customer_id, occurred_at DESC, event_id DESC);
CREATE INDEX heard_of_stream ON heard (stream_id, version DESC);

-- Customers' deals as they stand, computed anew from `heard` for the deals that a batch tells of. NULL until the event
-- that says it was heard; `told` is false until it is known that and for whom the deal was opened.
CREATE TABLE customer_deals (
  deal_id     uuid PRIMARY KEY,
  customer_id uuid NOT NULL,
  told        boolean NOT NULL DEFAULT false,
  direction   text,
  number      text,
  pipeline    text,
  stage       text,
  state       text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'won', 'lost')),
  amount      numeric,
  currency    text,
  manager_id  text,
  opened_at   timestamptz,
  closed_at   timestamptz
) WITH (fillfactor = 85);
CREATE INDEX customer_deals_of_customer ON customer_deals (customer_id);

-- migrate:down
