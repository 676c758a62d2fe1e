-- migrate:up

-- Every word that customers said on consent, so that it can be asked as of any moment; written in the transaction of the
-- events it follows from. Of a merged card the words of all members count.
CREATE TABLE consents (
  customer_id uuid NOT NULL,
  purpose     text NOT NULL,
  channel     text NOT NULL,         -- '' speaks of all channels
  at          timestamptz NOT NULL,  -- when it was said, not when it became known
  given       boolean NOT NULL,      -- false: withdrawn
  PRIMARY KEY (customer_id, purpose, channel, at, given)
);
CREATE INDEX consents_by_purpose ON consents (purpose, channel, customer_id);

-- What lists ask of every request; NULL in rows from before, until they are filled in after the roll-out.
ALTER TABLE touches
  ADD COLUMN channel     text,
  ADD COLUMN source      text,
  ADD COLUMN campaign    text,
  ADD COLUMN occurred_at timestamptz;

-- migrate:down
