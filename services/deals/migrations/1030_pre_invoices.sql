-- migrate:up

-- Every change of an invoice or a payment takes the next number under one lock that is held until commit, so that numbers
-- are seen in their order and whoever reads on from the last one misses nothing.
CREATE SEQUENCE money_changes;

ALTER TABLE payments
  ADD COLUMN customer_id uuid,
  ADD COLUMN allocated numeric NOT NULL DEFAULT 0 CHECK (allocated >= 0),
  ADD COLUMN refunded numeric NOT NULL DEFAULT 0 CHECK (refunded >= 0),
  ADD COLUMN free numeric GENERATED ALWAYS AS (amount - allocated - refunded) STORED CHECK (free >= 0),
  ADD COLUMN changed bigint NOT NULL DEFAULT nextval('money_changes');
UPDATE payments p SET customer_id = d.customer_id FROM deals d WHERE d.deal_id = p.deal_id;
CREATE INDEX payments_by_customer ON payments (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX payments_free ON payments (received_at DESC, payment_id DESC) WHERE free > 0;
CREATE UNIQUE INDEX payments_changed ON payments (changed);

-- Series of invoice numbers; the last number is drawn in the transaction that issues, so a series has no gaps. No prefix
-- ends with a digit, so that no two series come to the same number.
CREATE TABLE invoice_series (
  code    text PRIMARY KEY,
  prefix  text NOT NULL UNIQUE CHECK (prefix !~ '[0-9]$'),
  last    bigint NOT NULL DEFAULT 0
);
INSERT INTO invoice_series (code, prefix) VALUES ('default', 'I-');

-- Every invoice as it stands. version is the stream's; movements counts what came to it from payments' streams.
CREATE TABLE invoices (
  invoice_id      uuid PRIMARY KEY,
  version         integer NOT NULL,
  movements       integer NOT NULL DEFAULT 0,
  number          text NOT NULL UNIQUE,
  deal_id         uuid NOT NULL,
  customer_id     uuid NOT NULL,
  kind            text NOT NULL CHECK (kind IN ('prepayment', 'full', 'final')),
  total           numeric NOT NULL CHECK (total > 0),
  currency        text NOT NULL,
  issued_at       timestamptz NOT NULL,
  due_on          date NOT NULL,
  cancelled_at    timestamptz,
  overdue_at      timestamptz,
  allocated       numeric NOT NULL DEFAULT 0,
  refunded        numeric NOT NULL DEFAULT 0,
  due             numeric GENERATED ALWAYS AS
                    (CASE WHEN cancelled_at IS NULL THEN total - allocated + refunded ELSE 0 END) STORED CHECK (due >= 0),
  state           text GENERATED ALWAYS AS
                    (CASE WHEN cancelled_at IS NOT NULL THEN 'cancelled' WHEN allocated - refunded = total THEN 'paid'
                          WHEN overdue_at IS NOT NULL THEN 'overdue' WHEN allocated > refunded THEN 'part_paid'
                          ELSE 'issued' END) STORED,
  external_system text,
  external_id     text,
  changed         bigint NOT NULL DEFAULT nextval('money_changes'),
  CHECK (allocated >= refunded AND refunded >= 0),
  CHECK (cancelled_at IS NULL OR allocated = refunded)
) WITH (fillfactor = 80);
CREATE INDEX invoices_newest ON invoices (issued_at DESC, invoice_id DESC);
CREATE INDEX invoices_by_deal ON invoices (deal_id);
CREATE INDEX invoices_by_customer ON invoices (customer_id);
CREATE INDEX invoices_due ON invoices (due_on) WHERE due > 0;
CREATE UNIQUE INDEX invoices_external ON invoices (external_system, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX invoices_changed ON invoices (changed);

-- What of a payment went to an invoice, and what of that was given back.
CREATE TABLE allocations (
  payment_id uuid NOT NULL,
  invoice_id uuid NOT NULL,
  allocated  numeric NOT NULL,
  refunded   numeric NOT NULL,
  PRIMARY KEY (payment_id, invoice_id),
  CHECK (allocated >= refunded AND refunded >= 0)
);
CREATE INDEX allocations_by_invoice ON allocations (invoice_id);

CREATE TABLE refunds (
  payment_id  uuid NOT NULL,
  refund_id   text NOT NULL,
  amount      numeric NOT NULL CHECK (amount > 0),
  currency    text NOT NULL,
  refunded_at timestamptz NOT NULL,
  PRIMARY KEY (payment_id, refund_id)
);
CREATE INDEX refunds_by_time ON refunds (refunded_at);

-- Refunds that were told of before their payment: they are applied when it comes.
CREATE TABLE waiting_refunds (
  payment_id          uuid NOT NULL,
  refund_id           text NOT NULL,
  provider            text NOT NULL,
  provider_payment_id text NOT NULL,
  returned            text NOT NULL CHECK (returned IN ('this_much', 'in_all', 'leaving')),
  amount              numeric NOT NULL,
  currency            text,
  told_at             timestamptz NOT NULL,
  request_id          uuid NOT NULL,
  traceparent         text,
  PRIMARY KEY (payment_id, refund_id)
);

-- What was paid for a deal: what its invoices were paid with, wherever that money came from, and what is free on its
-- payments. Refunds are out of both; test payments and other currencies do not count.
CREATE FUNCTION paid_of_deal(deal uuid, in_currency text) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT sum(p.free) FROM payments p
                    WHERE p.deal_id = deal AND p.currency = in_currency AND NOT p.is_test), 0)
       + coalesce((SELECT sum(i.allocated - i.refunded) FROM invoices i
                    WHERE i.deal_id = deal AND i.currency = in_currency), 0)
$$;

-- migrate:down

DROP FUNCTION paid_of_deal;
DROP TABLE waiting_refunds, refunds, allocations, invoices, invoice_series;
ALTER TABLE payments DROP COLUMN changed, DROP COLUMN free, DROP COLUMN refunded, DROP COLUMN allocated,
  DROP COLUMN customer_id;
DROP SEQUENCE money_changes;
