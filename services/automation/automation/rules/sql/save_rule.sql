INSERT INTO rules (rule, stream_id, revision) VALUES ($1, $2, $3)
ON CONFLICT (rule) DO UPDATE SET revision = excluded.revision
