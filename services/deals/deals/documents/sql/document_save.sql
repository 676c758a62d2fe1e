-- A document as its stream now stands.
INSERT INTO documents AS d (document_id, version, customer_id, deal_id, kind, number, title, confidentiality, latest,
                            state, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
ON CONFLICT (document_id) DO UPDATE SET
  version = excluded.version, confidentiality = excluded.confidentiality, latest = excluded.latest,
  state = excluded.state, changed_at = excluded.changed_at
 WHERE d.version < excluded.version
