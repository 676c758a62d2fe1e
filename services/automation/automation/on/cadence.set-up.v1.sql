, latest AS (SELECT version, data AS content FROM batch ORDER BY version DESC LIMIT 1)
INSERT INTO cadence_rules AS r (version, content) SELECT version, content FROM latest
ON CONFLICT (only_row) DO UPDATE SET version = excluded.version, content = excluded.content
 WHERE r.version < excluded.version
