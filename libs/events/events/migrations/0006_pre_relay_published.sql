-- migrate:up

-- How far a shard was ever published. While the cursor stands before it, the log is being published again.
ALTER TABLE relay_cursors ADD COLUMN published bigint NOT NULL DEFAULT 0;
UPDATE relay_cursors SET published = position;

-- migrate:down
