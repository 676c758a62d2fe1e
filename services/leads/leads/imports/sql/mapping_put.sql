-- Saves a mapping; returns nothing if it has another version than $6.
INSERT INTO import_mappings AS m (name, kind, version, mapping, changed_at, changed_by)
SELECT $1, $2, 1, $3::json, $4, $5
 WHERE $6::int IS NULL OR EXISTS (SELECT FROM import_mappings WHERE name = $1)
ON CONFLICT (name) DO UPDATE
   SET kind = $2, version = m.version + 1, mapping = $3::json, changed_at = $4, changed_by = $5
 WHERE $6::int IS NULL OR m.version = $6
RETURNING *
