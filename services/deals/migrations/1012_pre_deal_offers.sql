-- migrate:up

-- Where a lead's first request came from, for the rules by which leads become deals.
ALTER TABLE leads ADD COLUMN source text;

-- Deals that are offered to managers; a lead has one offer at most.
CREATE TABLE deal_offers (
  offer_id    uuid PRIMARY KEY,
  version     integer NOT NULL,
  lead_id     uuid NOT NULL UNIQUE,
  customer_id uuid NOT NULL,
  pipeline    text NOT NULL,
  stage       text,
  deal_type   text NOT NULL,
  manager_id  text,
  direction   text,
  rule        text,
  state       text NOT NULL CHECK (state IN ('open', 'accepted', 'declined')),
  deal_id     uuid,
  offered_at  timestamptz NOT NULL
);
CREATE INDEX deal_offers_newest ON deal_offers (offered_at DESC, offer_id DESC);
CREATE INDEX deal_offers_open ON deal_offers (offered_at DESC, offer_id DESC) WHERE state = 'open';

-- Requests of automation that were answered: each is answered once.
CREATE TABLE stage_requests (
  request_id uuid PRIMARY KEY
);

-- Open deals of a manager that go to another; directions are those of whoever asked for it (NULL: all).
CREATE TABLE deal_handovers (
  handover_id     uuid PRIMARY KEY,
  from_manager_id text NOT NULL,
  to_manager_id   text NOT NULL,
  reason          text NOT NULL,
  directions      text[],
  deals           integer NOT NULL DEFAULT 0,
  requested_at    timestamptz NOT NULL,
  completed_at    timestamptz
);

-- migrate:down

DROP TABLE deal_handovers, stage_requests, deal_offers;
ALTER TABLE leads DROP COLUMN source;
