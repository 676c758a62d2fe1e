-- migrate:up

-- What a card can be found by, blind: 64 bits of the HMAC of each beginning of each word of its name, of whole words, and
-- of the last digits of its phones. Made anew from the card whenever it changes; gone with the customer's key.
CREATE TABLE search_tokens (
  customer_id uuid PRIMARY KEY,
  tokens      bigint[] NOT NULL
) WITH (fillfactor = 90);
-- Without the list of pending entries: every search would have to read it through.
CREATE INDEX search_tokens_by_token ON search_tokens USING gin (tokens) WITH (fastupdate = off);

-- migrate:down
