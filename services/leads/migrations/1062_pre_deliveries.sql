-- migrate:up

-- Messages to people of which their providers told something, as far as each got; written in the transaction of the
-- events it follows from. The provider's own id may hold a phone number, and stands in the stored request alone.
CREATE TABLE deliveries (
  id          uuid PRIMARY KEY,   -- of way in, source and the provider's id; its stream's too
  version     integer NOT NULL,
  intake      text NOT NULL,
  source      text NOT NULL,
  message_id  uuid,               -- of automation, where the id is one of ours
  customer_id uuid,               -- of the message, else of whoever has the recipient's phone or e-mail
  state       text NOT NULL,      -- the furthest of all reports, in whatever order they came
  reason      text,
  at          timestamptz NOT NULL
) WITH (fillfactor = 85);
CREATE INDEX deliveries_of_customer ON deliveries (customer_id, at DESC) WHERE customer_id IS NOT NULL;
CREATE INDEX deliveries_of_message ON deliveries (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX deliveries_newest ON deliveries (at DESC, id DESC);

-- Reports that were taken: a repeat is known by what tells it from others of its message.
CREATE TABLE delivery_reports (
  delivery_id uuid NOT NULL,
  report      text NOT NULL,
  PRIMARY KEY (delivery_id, report)
);

-- migrate:down
