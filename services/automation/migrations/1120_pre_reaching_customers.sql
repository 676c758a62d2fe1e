-- migrate:up

-- Every way to reach a customer, sealed as leads told it; messengers are `messenger:handle`. preferred: kind -> value.
ALTER TABLE contacts ADD COLUMN phones text[] NOT NULL DEFAULT '{}';
ALTER TABLE contacts ADD COLUMN messengers text[] NOT NULL DEFAULT '{}';
ALTER TABLE contacts ADD COLUMN preferred jsonb NOT NULL DEFAULT '{}';
ALTER TABLE contacts ADD COLUMN black_listed boolean NOT NULL DEFAULT false;
ALTER TABLE contacts ADD COLUMN black_list_version integer NOT NULL DEFAULT 0;

-- Every word of a customer on a purpose and a channel ('': any); the latest counts, and of two at one moment, no.
CREATE TABLE consents (
  customer_id uuid        NOT NULL,
  purpose     text        NOT NULL,
  channel     text        NOT NULL,
  at          timestamptz NOT NULL,
  given       boolean     NOT NULL,
  PRIMARY KEY (customer_id, purpose, channel, at, given)
);

-- What became of a message after it was sent, each told once.
ALTER TABLE messages ADD COLUMN purpose text NOT NULL DEFAULT 'service';
ALTER TABLE messages ADD COLUMN delivered_at timestamptz;
ALTER TABLE messages ADD COLUMN opened_at timestamptz;
ALTER TABLE messages ADD COLUMN clicked_at timestamptz;
ALTER TABLE messages ADD COLUMN replied_at timestamptz;
ALTER TABLE messages ADD COLUMN bounced_at timestamptz;
ALTER TABLE messages ADD COLUMN bounce_code text;
ALTER TABLE messages ADD COLUMN unsubscribed_at timestamptz;

-- The order of a customer's messages is looked up here.
CREATE INDEX tasks_of_customers ON tasks ((payload->>'customer_id')) WHERE kind = 'send_message';

-- Messages that were handed to a medium, or begun to be: what caps count. Written before the provider is called.
CREATE TABLE message_tries (
  message_id  uuid PRIMARY KEY,
  customer_id uuid        NOT NULL,
  tried_at    timestamptz NOT NULL
);
CREATE INDEX message_tries_of_customers ON message_tries (customer_id, tried_at);

-- From when on a provider may be given the next message, for all processes together.
CREATE TABLE media_pace (
  medium  text PRIMARY KEY,
  free_at timestamptz NOT NULL
);

-- migrate:down

DROP TABLE media_pace;
DROP TABLE message_tries;
DROP INDEX tasks_of_customers;
ALTER TABLE messages DROP COLUMN unsubscribed_at;
ALTER TABLE messages DROP COLUMN bounce_code;
ALTER TABLE messages DROP COLUMN bounced_at;
ALTER TABLE messages DROP COLUMN replied_at;
ALTER TABLE messages DROP COLUMN clicked_at;
ALTER TABLE messages DROP COLUMN opened_at;
ALTER TABLE messages DROP COLUMN delivered_at;
ALTER TABLE messages DROP COLUMN purpose;
DROP TABLE consents;
ALTER TABLE contacts DROP COLUMN black_list_version;
ALTER TABLE contacts DROP COLUMN black_listed;
ALTER TABLE contacts DROP COLUMN preferred;
ALTER TABLE contacts DROP COLUMN messengers;
ALTER TABLE contacts DROP COLUMN phones;
