-- The last version of a document as its stream now stands.
INSERT INTO document_versions AS v (document_id, number, state, template, template_version, language, issued_on, reason,
                                    missing, object_id, media_type, size, sha256, asked_at, ended_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::timestamptz,
        CASE WHEN $3::text <> 'requested' THEN $14::timestamptz END)
ON CONFLICT (document_id, number) DO UPDATE SET
  state = excluded.state, reason = excluded.reason, missing = excluded.missing, object_id = excluded.object_id,
  media_type = excluded.media_type, size = excluded.size, sha256 = excluded.sha256, ended_at = excluded.ended_at
 WHERE v.state = 'requested'
