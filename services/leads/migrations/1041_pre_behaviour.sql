-- migrate:up

-- A visitor of the sites, by blind index of the id that the site's script gave him; the customer once a form named it.
CREATE TABLE visitors (
  id          uuid PRIMARY KEY,
  customer_id uuid,
  -- Version of the stream of this visitor, whose events tell what a known customer saw.
  version     integer NOT NULL DEFAULT 0,
  -- Views ever taken from this visitor; beyond a limit they are counted and not kept.
  views       integer NOT NULL DEFAULT 0,
  seen_at     timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX visitors_of_customer ON visitors (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX visitors_by_age ON visitors (seen_at);

-- What a visitor saw while nobody knew who he is: no key to seal it with, so it goes after a while, or into the event of
-- the customer once he is known.
CREATE TABLE anonymous_views (
  id         uuid PRIMARY KEY,
  visitor_id uuid NOT NULL,
  source     text NOT NULL,
  at         timestamptz NOT NULL,
  view       json NOT NULL
);
CREATE INDEX anonymous_views_of_visitor ON anonymous_views (visitor_id, at);
CREATE INDEX anonymous_views_by_age ON anonymous_views (at);

-- Ids of views that went straight into events, for a while: a batch sent twice adds nothing.
CREATE TABLE views_taken (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL
);
CREATE INDEX views_taken_by_age ON views_taken (at);

-- Letters to customers that automation sent, and what became of them, from its events.
CREATE TABLE letters (
  message_id  uuid PRIMARY KEY,
  customer_id uuid NOT NULL,
  medium      text NOT NULL,
  template    text,
  sent_at     timestamptz,
  failed_at   timestamptz,
  opened_at   timestamptz,
  opens       integer NOT NULL DEFAULT 0,
  clicked_at  timestamptz,
  clicks      integer NOT NULL DEFAULT 0
);
CREATE INDEX letters_of_customer ON letters (customer_id);

-- migrate:down
