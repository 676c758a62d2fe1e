-- migrate:up

-- A comparison may be of a slice: the rows of one shard of the logs. Without a shard it is of all of a build.
ALTER TABLE verifications ADD COLUMN shard smallint CHECK (shard BETWEEN 0 AND 15);
CREATE UNIQUE INDEX verifications_one_of_each_running ON verifications (name, shard) NULLS NOT DISTINCT
  WHERE state = 'running';

-- migrate:down
