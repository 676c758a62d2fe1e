-- migrate:up

ALTER TABLE disclosures ADD COLUMN reason text;
COMMENT ON COLUMN disclosures.reason IS 'Why, as the caller said it: names the occasion, not the person.';

-- migrate:down

ALTER TABLE disclosures DROP COLUMN reason;
