-- migrate:up

-- Cards that count as one with another, as leads told last; NULL: it stands alone again. What a member of a card said
-- on being written to counts for all of it.
CREATE TABLE merged_cards (
  customer_id      uuid PRIMARY KEY,
  into_customer_id uuid,
  version          integer NOT NULL
);
CREATE INDEX merged_cards_by_root ON merged_cards (into_customer_id) WHERE into_customer_id IS NOT NULL;

-- migrate:down

DROP TABLE merged_cards;
