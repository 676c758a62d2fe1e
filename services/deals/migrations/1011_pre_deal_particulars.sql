-- migrate:up

-- What is written on a deal besides its stage and value; people are those who take part, its customer left out.
ALTER TABLE deals
  ADD COLUMN previous_deal_id uuid,
  ADD COLUMN organisation_id  uuid,
  ADD COLUMN expected_on      date,
  ADD COLUMN wake_at          timestamptz,
  ADD COLUMN tags             text[] NOT NULL DEFAULT '{}',
  ADD COLUMN people           uuid[] NOT NULL DEFAULT '{}';
CREATE INDEX deals_by_tag ON deals USING gin (tags);
CREATE INDEX deals_by_person ON deals USING gin (people);
CREATE INDEX deals_by_organisation ON deals (organisation_id) WHERE organisation_id IS NOT NULL;

-- Custom fields of deals, a stream each; a retired one is not filled in any more.
CREATE TABLE deal_fields (
  code       text PRIMARY KEY,
  version    integer NOT NULL,
  definition json NOT NULL,
  is_retired boolean NOT NULL DEFAULT false
);

-- migrate:down

DROP TABLE deal_fields;
ALTER TABLE deals
  DROP COLUMN previous_deal_id, DROP COLUMN organisation_id, DROP COLUMN expected_on, DROP COLUMN wake_at,
  DROP COLUMN tags, DROP COLUMN people;
