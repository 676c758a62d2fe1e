-- migrate:up

-- A message may end without anybody knowing whether its provider took it. Whoever fitted before fits now.
ALTER TABLE messages DROP CONSTRAINT messages_state_check;
ALTER TABLE messages ADD CONSTRAINT messages_state_check
  CHECK (state IN ('requested', 'sent', 'failed', 'unconfirmed')) NOT VALID;

-- migrate:down

UPDATE messages SET state = 'sent' WHERE state = 'unconfirmed';
ALTER TABLE messages DROP CONSTRAINT messages_state_check;
ALTER TABLE messages ADD CONSTRAINT messages_state_check CHECK (state IN ('requested', 'sent', 'failed'));
