-- migrate:up

-- Every merge there ever was, by the event on the stream of the card that went: who did it, when and why. A merge is in
-- force until it is split; many that were wrong are found by their actor or reason and their time.
CREATE TABLE merges (
  customer_id      uuid NOT NULL,
  version          integer NOT NULL,           -- of customer.merged.v1 on the customer's stream
  into_customer_id uuid NOT NULL,
  reason           text NOT NULL,
  matched_by       text[] NOT NULL,
  explanation      text NOT NULL,
  why              text,                       -- sealed by the customer's key
  actor            text NOT NULL,
  merged_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  split_at         timestamptz,
  split_by         text,
  PRIMARY KEY (customer_id, version)
);
CREATE UNIQUE INDEX merges_in_force ON merges (customer_id) WHERE split_at IS NULL;
CREATE INDEX merges_newest ON merges (merged_at) WHERE split_at IS NULL;

-- A request of one card stands on the lead of another card of its tree; so a card's requests are those on its own leads
-- and these.
ALTER TABLE touches ADD COLUMN on_other_lead boolean NOT NULL DEFAULT false;
CREATE INDEX touches_on_other_lead ON touches (customer_id, lead_id) WHERE on_other_lead;

-- migrate:down
