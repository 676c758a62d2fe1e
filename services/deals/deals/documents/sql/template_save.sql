-- A template as its stream now stands.
INSERT INTO document_templates AS t (code, version, published, kind, title, language, size, sha256, variables, required,
                                     is_retired, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (code) DO UPDATE SET
  version = excluded.version, published = excluded.published, kind = excluded.kind, title = excluded.title,
  language = excluded.language, size = excluded.size, sha256 = excluded.sha256, variables = excluded.variables,
  required = excluded.required, is_retired = excluded.is_retired, changed_at = excluded.changed_at
 WHERE t.version < excluded.version
