-- migrate:up

-- Which partitions some process of a consumer has, and when it last said so; seconds old, so nothing is lost by a crash.
-- The watermark's own row does not say it: a batch under way holds that for as long as it takes.
CREATE UNLOGGED TABLE partitions_held (
  consumer text NOT NULL,
  source   text NOT NULL,
  shard    smallint NOT NULL,
  told_at  timestamptz NOT NULL,
  PRIMARY KEY (consumer, source, shard)
) WITH (fillfactor = 50);

-- migrate:down

DROP TABLE partitions_held;
