-- migrate:up

-- Organisations as they are now; written in the transaction of the events they follow from.
CREATE TABLE organisations (
  id         uuid PRIMARY KEY,
  version    integer NOT NULL,
  name       text NOT NULL,
  direction  text,
  manager_id text,
  inn        text,
  kpp        text,
  created_at timestamptz NOT NULL
) WITH (fillfactor = 90);
-- A branch has its head's INN and a KPP of its own.
CREATE UNIQUE INDEX organisations_one_inn ON organisations (inn, coalesce(kpp, '')) WHERE inn IS NOT NULL;
CREATE INDEX organisations_newest ON organisations (created_at DESC, id DESC);
CREATE INDEX organisations_of_manager ON organisations (manager_id, id) WHERE manager_id IS NOT NULL;
CREATE INDEX organisations_by_name ON organisations (lower(name) text_pattern_ops);

-- Who acts for whom. The role is sealed by the customer's key, in the event and here.
CREATE TABLE organisation_persons (
  organisation_id uuid NOT NULL REFERENCES organisations,
  customer_id     uuid NOT NULL,
  role            text,
  since           date,
  until           date,
  is_primary      boolean NOT NULL,
  PRIMARY KEY (organisation_id, customer_id)
);
CREATE INDEX organisation_persons_of_customer ON organisation_persons (customer_id);

-- migrate:down
