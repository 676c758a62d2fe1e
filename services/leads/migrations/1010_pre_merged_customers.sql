-- migrate:up

-- Merging links cards, it moves nothing. The card this one was merged into, NULL for a root: cards make trees, and what
-- people call a card is the root with all members of its tree. Only roots are merged, so there are no cycles.
ALTER TABLE customers
  ADD COLUMN merged_into uuid REFERENCES customers CHECK (merged_into <> id);
CREATE INDEX customers_members ON customers (merged_into) WHERE merged_into IS NOT NULL;

-- The root of a card's tree: the card itself where it was never merged, NULL where there is no such card.
CREATE FUNCTION root_of(card uuid) RETURNS uuid LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
  found  uuid;
  parent uuid;
BEGIN
  SELECT id, merged_into INTO found, parent FROM customers WHERE id = card;
  WHILE parent IS NOT NULL LOOP
    SELECT id, merged_into INTO found, parent FROM customers WHERE id = parent;
  END LOOP;
  RETURN found;
END $$;

-- migrate:down
