-- migrate:up

-- Who was on a list at the moment at which automation asked, while it is being told, part by part.
CREATE TABLE lists_told (
  request_id  uuid NOT NULL,
  part        integer NOT NULL,
  customer_id uuid NOT NULL,
  PRIMARY KEY (request_id, part, customer_id)
);
CREATE INDEX lists_told_of_customer ON lists_told (customer_id);

-- migrate:down

DROP TABLE lists_told;
