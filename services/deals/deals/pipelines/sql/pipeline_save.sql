-- A pipeline as its stream now stands.
INSERT INTO pipelines (code, revision, version, is_retired, content) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (code) DO UPDATE SET revision = excluded.revision, version = excluded.version,
  is_retired = excluded.is_retired, content = excluded.content
