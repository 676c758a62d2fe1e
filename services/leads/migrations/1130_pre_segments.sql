-- migrate:up

-- The version, in analytics' stream of the customer, of the event that said the segment; NULL: nothing was said yet.
ALTER TABLE customers ADD COLUMN segment_version integer;

-- migrate:down
