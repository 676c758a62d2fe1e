-- migrate:up

-- Products as their streams now stand; version is the stream's.
CREATE TABLE products (
  product_id    uuid PRIMARY KEY,
  version       integer NOT NULL,
  code          text NOT NULL UNIQUE,
  title         text NOT NULL,
  kind          text NOT NULL CHECK (kind IN ('goods', 'service')),
  unit          text,
  tax_rate      numeric,
  external_id   text UNIQUE,
  archived      boolean NOT NULL,
  registered_at timestamptz NOT NULL
);
CREATE INDEX products_newest ON products (registered_at DESC, product_id DESC);

CREATE TABLE price_lists (
  price_list_id uuid PRIMARY KEY,
  version       integer NOT NULL,
  code          text NOT NULL UNIQUE,
  title         text NOT NULL,
  currency      text NOT NULL,
  tax_included  boolean NOT NULL,
  opened_at     timestamptz NOT NULL
);

-- What a product costs from a day on; a price of NULL: it is not on the list from that day on.
CREATE TABLE prices (
  price_list_id uuid NOT NULL REFERENCES price_lists,
  product_id    uuid NOT NULL REFERENCES products,
  valid_from    date NOT NULL,
  price         numeric,
  PRIMARY KEY (price_list_id, product_id, valid_from)
);

-- migrate:down

DROP TABLE prices, price_lists, products;
