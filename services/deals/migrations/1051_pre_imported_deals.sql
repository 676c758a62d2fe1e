-- migrate:up

-- Deals that came with their history from elsewhere, by the name they have there.
CREATE TABLE imported_deals (
  deal_id     uuid PRIMARY KEY,
  source      text NOT NULL,
  external_id text NOT NULL,
  -- Value, manager, lines and tags as they were said last: only what is said otherwise is changed.
  said        json NOT NULL,
  UNIQUE (source, external_id)
);

-- Histories that leads reported and that could not be lived through; the last refusal of each deal, until one succeeds.
CREATE TABLE refused_histories (
  deal_id     uuid PRIMARY KEY,
  version     integer NOT NULL,
  report_id   uuid NOT NULL,
  lead_id     uuid NOT NULL,
  customer_id uuid NOT NULL,
  provider    text NOT NULL,
  source      text NOT NULL,
  provider_id text NOT NULL,
  direction   text,
  code        text NOT NULL,
  why         text NOT NULL,
  refused_at  timestamptz NOT NULL,
  -- A later report was lived through.
  settled     boolean NOT NULL DEFAULT false
);
CREATE INDEX refused_histories_newest ON refused_histories (refused_at DESC, deal_id DESC) WHERE NOT settled;

-- migrate:down

DROP TABLE refused_histories, imported_deals;
