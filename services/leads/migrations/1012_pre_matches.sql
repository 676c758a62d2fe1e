-- migrate:up

-- Two cards that may be of one person, by the events of the match's stream. The cards are those whose contacts or names
-- gave the reason; which roots they stand for today is asked when it is read.
CREATE TABLE matches (
  id           uuid PRIMARY KEY,               -- made of both customers' ids
  low          uuid NOT NULL,                  -- the customers, the smaller id first
  high         uuid NOT NULL CHECK (high > low),
  version      integer NOT NULL,
  status       text NOT NULL CHECK (status IN ('suggested', 'dismissed', 'merged')),
  reasons      text[] NOT NULL,                -- each is told once; none where cards were split that nobody had suggested
  kinds        text[] NOT NULL,                -- of contacts that one request named
  strength     smallint NOT NULL,              -- of the strongest reason
  suggested_at timestamptz NOT NULL,           -- the newest suggestion, or the dismissal where there was none
  decided_at   timestamptz,
  decided_by   text
);
CREATE INDEX matches_newest ON matches (suggested_at DESC, id DESC) WHERE status = 'suggested';
CREATE INDEX matches_of_low ON matches (low);
CREATE INDEX matches_of_high ON matches (high);

-- May somebody who sees these lines of business see this card? Of a tree of cards, who sees one sees all.
CREATE FUNCTION card_is_seen(root uuid, seen text[]) RETURNS boolean LANGUAGE sql STABLE AS $$
  WITH RECURSIVE tree AS (
    SELECT id, direction FROM customers WHERE id = root
    UNION ALL
    SELECT c.id, c.direction FROM tree t JOIN customers c ON c.merged_into = t.id
  )
  SELECT seen IS NULL OR EXISTS (SELECT FROM tree WHERE direction IS NULL OR direction = ANY(seen))
$$;

-- migrate:down
