-- migrate:up

-- What was last said of a deal of another CRM. A telling with the same content says nothing, nor does an older one.
CREATE TABLE deal_histories (
  id      uuid PRIMARY KEY,       -- of channel, source and the deal's id there; its stream's too
  version integer NOT NULL,
  as_of   timestamptz NOT NULL,   -- when the CRM had last changed the deal
  digest  text NOT NULL           -- keyed, of the content in the clear
) WITH (fillfactor = 90);

-- Who acts for which company in another CRM, whichever of both is told first; attached once the organisation is here.
CREATE TABLE company_members (
  organisation_id uuid NOT NULL,
  customer_id     uuid NOT NULL,
  role            text NOT NULL,  -- sealed by the customer's key
  since           timestamptz NOT NULL,
  attached        boolean NOT NULL DEFAULT false,
  PRIMARY KEY (organisation_id, customer_id)
);
CREATE INDEX company_members_of_customer ON company_members (customer_id);

-- migrate:down
