-- migrate:up

-- What one unit costs the firm, and in which currency; empty: not known.
ALTER TABLE products
  ADD COLUMN cost numeric,
  ADD COLUMN cost_currency text,
  ADD CONSTRAINT products_cost_has_currency CHECK ((cost IS NULL) = (cost_currency IS NULL));

-- migrate:down

ALTER TABLE products DROP COLUMN cost, DROP COLUMN cost_currency;
