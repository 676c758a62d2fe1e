-- migrate:up

-- Who was shown personal data, and who took files out: one row for each answer, before it begins. Ids and numbers only.
CREATE TABLE disclosures (
  id             uuid        PRIMARY KEY,
  at             timestamptz NOT NULL DEFAULT clock_timestamp(),
  kind           text        NOT NULL CHECK (kind IN ('read', 'export')),
  actor          text        NOT NULL,
  actor_id       text        NOT NULL,
  route          text        NOT NULL,
  objects        uuid[]      NOT NULL,
  customers      uuid[]      NOT NULL,
  shown          integer     NOT NULL,
  correlation_id uuid        NOT NULL
);
COMMENT ON COLUMN disclosures.actor_id IS 'Id of the API key or subject of the token; names may be given twice.';
COMMENT ON COLUMN disclosures.objects IS 'Ids in the address: which card, which list.';
COMMENT ON COLUMN disclosures.customers IS 'Whose data were opened, the first thousand.';
COMMENT ON COLUMN disclosures.shown IS 'How many customers; of a file, how many rows.';
CREATE INDEX disclosures_by_time ON disclosures (at, id);
CREATE INDEX disclosures_by_customer ON disclosures USING gin (customers);
REVOKE UPDATE, DELETE, TRUNCATE ON disclosures FROM voronka_service;

CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit is immutable: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER disclosures_are_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON disclosures
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit();

-- migrate:down

DROP TABLE disclosures;
DROP FUNCTION refuse_change_of_audit();
