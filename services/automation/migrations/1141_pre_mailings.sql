-- migrate:up

CREATE TABLE mailings (
  mailing_id  uuid PRIMARY KEY,
  title       text        NOT NULL,
  template    text        NOT NULL,
  state       text        NOT NULL CHECK (state IN ('draft', 'sending', 'stopped', 'finished')),
  revision    integer     NOT NULL,
  prepared_at timestamptz NOT NULL
);
CREATE INDEX mailings_by_time ON mailings (prepared_at, mailing_id);

-- Who is to be written to, in the order in which it is done; the message is there once it was requested.
CREATE TABLE mailing_recipients (
  mailing_id  uuid NOT NULL,
  customer_id uuid NOT NULL,
  message_id  uuid NOT NULL,
  PRIMARY KEY (mailing_id, customer_id)
);

-- migrate:down

DROP TABLE mailing_recipients;
DROP TABLE mailings;
