-- migrate:up

-- Numbers people read, such as Q-000123; one that was drawn and not used leaves a gap.
CREATE SEQUENCE quote_numbers;

-- Quotes as their streams now stand; version is the stream's, revision that of the offer.
CREATE TABLE quotes (
  quote_id    uuid PRIMARY KEY,
  version     integer NOT NULL,
  number      text NOT NULL UNIQUE,
  deal_id     uuid NOT NULL REFERENCES deals,
  customer_id uuid NOT NULL,
  revision    integer NOT NULL,
  state       text NOT NULL CHECK (state IN ('draft', 'sent', 'accepted', 'rejected', 'expired')),
  amount      numeric NOT NULL,
  currency    text NOT NULL,
  valid_until date NOT NULL,
  made_at     timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX quotes_newest ON quotes (made_at DESC, quote_id DESC);
CREATE INDEX quotes_by_deal ON quotes (deal_id);
CREATE INDEX quotes_by_customer ON quotes (customer_id);

-- migrate:down

DROP TABLE quotes;
DROP SEQUENCE quote_numbers;
